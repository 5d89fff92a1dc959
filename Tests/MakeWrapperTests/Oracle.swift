import Glibc
import Linux
import Model
import Testing

@testable import MakeWrapper

/// A small makefile that GNU make and a round are both given, and whose files must be the same afterwards: a sample of
/// `Oracle/*.cases`. Every file there is a list of samples:
///
///     ### NAME [FORMS]
///     TEXT
///
/// In TEXT a line `@RULE NEEDS` is a rule with these prerequisites in one of the forms that the sample is tried in,
/// `@T` is its target, and `@DUMP` is a command that writes the recipe's environment and automatic variables there.
/// `@ENV` does so for a target of another rule. A remark `# goals: TARGETS` names what make is to be asked for besides.
/// Where TEXT has VALUE1, a second policy with VALUE2 in its place follows the first.
struct OracleSample: CustomTestStringConvertible, Sendable {
  enum Form: String, CaseIterable, Sendable {
    case explicit, pattern, node, fixed, grouped, several, double
  }

  let name: String
  let form: Form?
  let text: String
  let goals: [String]

  var testDescription: String { form.map { "\(name), \($0)" } ?? name }

  static let files = ["rules", "variables", "exports", "text"]
  /// With `DMAKE_ORACLE=NAME` only those of that name, to look at one of them.
  static let all = files.flatMap { (try? samples(of: $0)) ?? [] }.filter { sample in
    getenv("DMAKE_ORACLE").map { sample.name == String(cString: $0) } ?? true
  }

  private static func samples(of file: String) throws -> [OracleSample] {
    let root = #filePath.split(separator: "/").dropLast().map { "/" + $0 }.joined()
    let bytes = try Directory(path: root + "/Oracle").read("\(file).cases", limitBytes: 1 << 20)
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n### ").dropFirst()
      .flatMap { samples(String($0)) }
  }

  private static func samples(_ part: String) -> [OracleSample] {
    var lines = part.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    let heading = lines.removeFirst().split(separator: "[")
    let name = heading.first.map { String($0).trimmingBlanks } ?? ""
    var goals: [String] = []
    for line in lines where line.hasPrefix("# goals:") {
      goals += line.split(separator: " ").dropFirst(2).map(String.init)
    }
    while lines.last == "" { lines.removeLast() }
    let text = lines.joined(separator: "\n") + "\n"
    guard text.contains("@RULE") else {
      return [OracleSample(name: name, form: nil, text: filled(text, nil), goals: goals)]
    }
    let words = heading.dropFirst().first?.dropLast().split(separator: " ").map(String.init) ?? []
    let forms = words.isEmpty ? Form.allCases : words.compactMap(Form.init)
    return forms.map { form in
      OracleSample(name: name, form: form, text: filled(text, form), goals: form.goals + goals)
    }
  }

  private static func filled(_ text: String, _ form: Form?) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { line -> String in
      var line = String(line)
      if let form, line.hasPrefix("@RULE") { line = form.header + String(line.dropFirst(5)) }
      return line.replacing("@T", with: form?.target ?? "").replacing("@DUMP", with: dump(form))
        .replacing("@ENV", with: dump(nil))
    }.joined(separator: "\n").replacing("@CR", with: "\r")
  }

  /// What a recipe sees. What is of the run and not of the policy is left out, and so are the folders of the test.
  private static func dump(_ form: Form?) -> String {
    let own = "DMAKE_[A-Za-z0-9_]*|MAKEFILE_LIST|MAKEFLAGS|MFLAGS|MAKELEVEL|MAKE_TERM[A-Z]*|PWD|OLDPWD|SHLVL|_"
    return "{ env | grep -vE '^(\(own))=' | grep . | sed 's#=/tmp/dmake-test[^:]*#=folder#' | LC_ALL=C sort; "
      + "echo '[$*] [$<] [$^] [$+] [$|]'; } \(form?.redirection ?? ">$@")"
  }
}

extension OracleSample.Form {
  fileprivate var header: String {
    switch self {
    case .explicit: "out/one.t:"
    case .pattern: "want: out/one.t ; @echo >$@\nout/%.t:"
    case .node: "%/p/one.t:"
    case .fixed: "out/one.t: out/%.t:"
    case .grouped: "out/one.t out/one.u &:"
    case .several: "want: out/one.t out/one.u ; @echo >$@\nout/%.t out/%.u:"
    case .double: "out/one.t::"
    }
  }

  var target: String { self == .node ? "n1/p/one.t" : "out/one.t" }

  fileprivate var goals: [String] {
    switch self {
    case .explicit, .double, .fixed: ["out/one.t"]
    case .pattern, .several: ["want"]
    case .node: ["n1/p/one.t"]
    case .grouped: ["out/one.t", "out/one.u"]
    }
  }

  fileprivate var redirection: String {
    switch self {
    case .grouped, .several: "| tee out/one.u >out/one.t"
    default: ">$@"
    }
  }
}

extension String {
  fileprivate var trimmingBlanks: String {
    var text = self[...]
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}

/// A folder in which GNU make makes a sample's goals, and what lies there afterwards.
struct OracleRun {
  static let inputs: [String: String] = [
    "in/a": "A\n", "in/b": "B\n", "in/c": "C\n", "in/v.src": "V\n",
    "n1/DMake/config.xml": "<config><process name='p'/><process name='q'/></config>",
  ]
  let scratch: Scratch
  private let folder: String

  init() throws {
    scratch = try Scratch()
    folder = scratch.path + "/root"
    let folders = [
      "", "/in", "/out", "/n1", "/n1/DMake", "/n1/p", "/n1/q", "/d", "/d/e", "/d/sub", "/out/deep",
      "/out/deep/er",
    ]
    for name in folders.map({ "root" + $0 }) + ["home"] { try scratch.makeFolder(name) }
    for (path, text) in Self.inputs { try scratch.write("root/\(path)", text) }
    try scratch.write("members.mk", "DMAKE_NODES := n1\nDMAKE_PROCS := n1/p n1/q\n")
    // A round keeps what rules make in a row.
    try scratch.write("tail.mk", ".SECONDARY:\n")
  }

  /// Answers what make said if it failed.
  func make(_ text: String, _ goals: [String]) throws -> String? {
    try scratch.write("DMakefile", text)
    let process = MakeProcess(
      arguments: ["-r", "-R", "-f", "../members.mk", "-f", "../DMakefile", "-f", "../tail.mk"] + goals,
      environment: [
        "PATH": "\(scratch.path)/bundle:\(WrapperSettings.standardSearchPath)", "LC_ALL": "C.UTF-8",
        "HOME": scratch.path + "/home", "TMPDIR": scratch.path + "/home",
        "DMAKE_BUNDLE": scratch.path + "/bundle",
      ],
      folder: folder, limits: MakeLimits())
    let outcome = try process.run()
    return outcome.exitCode == 0 ? nil : outcome.output
  }

  /// A change that make must notice: all that is there becomes old.
  func change(_ path: String, _ text: String) throws {
    _ = system("find '\(folder)' -type f -exec touch -d 2020-01-01 {} +")
    try scratch.write("root/\(path)", text)
  }

  /// The files below the folder.
  var files: SortedMap<String, String> {
    get throws { try Self.files(in: folder) }
  }

  private static func files(in folder: String) throws -> SortedMap<String, String> {
    guard let pipe = popen("cd '\(folder)' && find . -type f -printf '%P\\n'", "r") else { return [:] }
    defer { pclose(pipe) }
    var names: [String] = []
    var buffer = [CChar](repeating: 0, count: 4096)
    while fgets(&buffer, Int32(buffer.count), pipe) != nil {
      names.append(
        String(decoding: buffer.prefix { $0 != 0 && $0 != 10 }.map(UInt8.init(bitPattern:)), as: UTF8.self))
    }
    let directory = try Directory(path: folder)
    var result = SortedMap<String, String>()
    for name in names {
      result[name] = String(decoding: try directory.read(name, limitBytes: 1 << 20), as: UTF8.self)
    }
    return result
  }
}
