/// Which module may import which: the layers of the architecture. `Package.swift` says the same, and a test compares.
enum Layers {
  /// No clock, no files, no environment, no chance, no order of a hash table.
  static let cores = ["Model", "Supervision", "GroupProtocol", "DMakefile"]

  static let imports: [String: [String]] = [
    "Model": [],
    "Supervision": ["Model"],
    "GroupProtocol": ["Model", "Supervision"],
    "DMakefile": ["Model"],
    "Linux": ["CLinux"],
    "XML": ["CLibXML2", "Model"],
    "FileTree": ["Model", "Linux", "CZlib"],
    "MakeWrapper": ["Model", "DMakefile", "XML", "FileTree", "Linux"],
    "WireFormat": ["Model", "GroupProtocol"],
    "Transport": ["Model", "GroupProtocol", "WireFormat", "Linux"],
    "WriteAheadLog": ["Model", "GroupProtocol", "WireFormat", "FileTree", "Linux"],
    "NodeSchema": ["Model", "Supervision", "XML"],
    "Keeper": ["Model", "Supervision", "Linux", "WireFormat"],
    "Processes": ["Model", "Supervision", "Linux", "Keeper"],
    "Agent": [
      "Model", "Supervision", "GroupProtocol", "DMakefile", "MakeWrapper", "WireFormat", "Keeper", "Processes",
      "NodeSchema", "Transport", "Linux", "XML",
    ],
    "Leader": [
      "Model", "GroupProtocol", "DMakefile", "MakeWrapper", "WriteAheadLog", "Transport", "Linux",
    ],
    "CommandLineTool": [
      "Model", "Supervision", "GroupProtocol", "DMakefile", "Linux", "MakeWrapper", "NodeSchema", "Transport",
      "WriteAheadLog", "Agent", "Keeper", "Leader",
    ],
    "dmake": ["CommandLineTool"],
  ]

  /// What a core may import beside other cores.
  static let importsOfCores: [String: [String]] = ["Model": ["Crypto"]]

  /// The modules of the house that each module depends on, as the text of `Package.swift` has it.
  static func dependencies(in package: String) -> [String: [String]] {
    var result: [String: [String]] = [:]
    let house = Set(imports.keys).union(["CLinux", "CZlib", "CLibXML2"])
    for target in targets(in: package) {
      let quoted = target.split(separator: "\"", omittingEmptySubsequences: false).enumerated()
        .filter { $0.offset % 2 == 1 }.map { String($0.element) }
      guard let name = quoted.first, imports[name] != nil else { continue }
      result[name] = quoted.dropFirst().filter { house.contains($0) && $0 != name }
    }
    return result
  }

  /// From `module(` or `target(` to the end of its list of dependencies.
  private static func targets(in package: String) -> [Substring] {
    var targets: [Substring] = []
    var rest = package[...]
    while let start = ["module(", "arget("].compactMap({ rest.range(of: $0) }).min(by: {
      $0.lowerBound < $1.lowerBound
    }) {
      rest = rest[start.upperBound...]
      let end = rest.firstIndex(of: "]") ?? rest.endIndex
      targets.append(rest[..<end])
    }
    return targets
  }
}

/// Modules import only what their layer may.
struct ImportRule: HouseRule {
  func findings(in file: SourceFile) -> [Finding] {
    guard let module = file.module, let allowed = Layers.imports[module] else { return [] }
    let isCore = Layers.cores.contains(module)
    let house = Set(Layers.imports.keys)
    return file.code.enumerated().compactMap { number, line in
      let words = line.split(separator: " ")
      guard let position = words.firstIndex(of: "import"), position <= 2, words.count > position + 1 else {
        return nil
      }
      // `import struct Module.Name` names a module too.
      let kinds = ["struct", "class", "enum", "func", "protocol", "typealias", "var"]
      let named = words[(position + 1)...].first { !kinds.contains(String($0)) } ?? ""
      let name = String(named.prefix { $0 != "." })
      let isAllowed =
        allowed.contains(name) || Layers.importsOfCores[module]?.contains(name) == true
        || !isCore && !house.contains(name) && name != "Foundation"
      if isAllowed { return nil }
      let instead =
        name == "Foundation"
        ? "use Glibc, module Linux or FoundationEssentials: full Foundation adds 44 MB to the static binary"
        : isCore
          ? "a core imports other cores only; let a driver do it and hand the value in"
          : "it is in a layer that \(module) does not see; see Tests/HouseTests/Layers.swift"
      return Finding(path: file.path, line: number + 1, message: "`import \(name)`: \(instead)")
    }
  }
}
