// swift-tools-version: 6.2
import PackageDescription

#if arch(arm64)
  let multiarch = "aarch64-linux-gnu"
#else
  let multiarch = "x86_64-linux-gnu"
#endif

/// libxml2, zlib and liblzma go in as archives, by their full paths: `-L` and `-l` would pick the shared
/// libraries, and the tool is one static file. libxml2's own wish for ICU is met by stubs in `CLibXML2`.
func archives(_ names: String...) -> [String] { names.map { "/usr/lib/\(multiarch)/\($0)" } }

/// `make check` sets this; a newer compiler's new warnings must not break an ordinary build.
let strict = Context.environment["DMAKE_STRICT"] != nil

let swift: [SwiftSetting] =
  [
    .swiftLanguageMode(.v6),
    .unsafeFlags(["-Xcc", "-I/usr/include/libxml2"]),
  ] + (strict ? [.treatAllWarnings(as: .error)] : [])

func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: swift)
}

/// `data` names folders of scenarios and expected outputs, which tests find by their own place.
func tests(
  _ name: String, _ dependencies: [Target.Dependency], path: String? = nil, data: [String] = []
) -> Target {
  .testTarget(name: name, dependencies: dependencies, path: path, exclude: data, swiftSettings: swift)
}

/// Programs for `make bench`; nothing else builds them.
let benchmarks: [Target] =
  Context.environment["DMAKE_BENCHMARKS"] == nil
  ? []
  : [
    .executableTarget(
      name: "Rounds", dependencies: ["MakeWrapper", "Model"], path: "Benchmarks/Rounds", swiftSettings: swift),
    .executableTarget(
      name: "Load", dependencies: ["GroupProtocol", "Model", "Transport"], path: "Benchmarks/Load",
      swiftSettings: swift),
  ]

let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let log: Target.Dependency = .product(name: "Logging", package: "swift-log")
let asyncAlgorithms: Target.Dependency = .product(name: "AsyncAlgorithms", package: "swift-async-algorithms")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let signals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let protobuf: Target.Dependency = .product(name: "SwiftProtobuf", package: "swift-protobuf")
let nio: [Target.Dependency] = [
  .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
]
let grpc: [Target.Dependency] =
  nio + [
    .product(name: "GRPCCore", package: "grpc-swift-2"),
    .product(name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport"),
    .product(name: "GRPCProtobuf", package: "grpc-swift-protobuf"),
  ]

let package = Package(
  name: "dmake",
  products: [.executable(name: "dmake", targets: ["dmake"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-async-algorithms", from: "1.0.0"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.96.0"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0", traits: []),
    .package(url: "https://github.com/grpc/grpc-swift-2", from: "2.4.0"),
    .package(url: "https://github.com/grpc/grpc-swift-nio-transport", from: "2.9.0"),
    .package(url: "https://github.com/grpc/grpc-swift-protobuf", from: "2.4.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
  ],
  targets: [
    // C: what Swift cannot say itself.
    .target(
      name: "CLibXML2",
      cSettings: [.unsafeFlags(["-I/usr/include/libxml2"])],
      linkerSettings: [.unsafeFlags(archives("libxml2.a", "liblzma.a", "libz.a") + ["-lstdc++", "-lm"])]),
    .target(name: "CZlib", linkerSettings: [.unsafeFlags(archives("libz.a"))]),
    .target(name: "CLinux"),
    .target(name: "CMakeWarden"),

    // Values and pure cores: no clock, no files, no randomness (Tests/HouseTests enforces it).
    module("Model", [crypto]),
    module("Supervision", ["Model"]),
    module("GroupProtocol", ["Model", "Supervision"]),
    module("DMakefile", ["Model"]),

    // Drivers, a concern each.
    module("Linux", ["CLinux"] + nio),
    module("XML", ["CLibXML2", "Model"]),
    module("FileTree", ["Model", "Linux", "CZlib"]),
    module("MakeWrapper", ["Model", "DMakefile", "XML", "FileTree", "Linux", "CMakeWarden"]),
    .target(
      name: "WireFormat", dependencies: ["Model", "GroupProtocol", protobuf], exclude: ["Protos"],
      swiftSettings: swift),
    module(
      "Transport", ["Model", "GroupProtocol", "WireFormat", "Linux", asyncAlgorithms, log, protobuf] + grpc),
    module("WriteAheadLog", ["Model", "GroupProtocol", "WireFormat", "FileTree", "Linux"]),
    module("NodeSchema", ["Model", "Supervision", "XML"]),
    module("Keeper", ["Model", "Supervision", "Linux", "WireFormat", protobuf]),
    module("Processes", ["Model", "Supervision", "Linux", "Keeper"]),

    // The two daemons, each a driver around its core, and the command line.
    module(
      "Agent",
      [
        "Model", "Supervision", "GroupProtocol", "DMakefile", "MakeWrapper", "WireFormat", "Keeper",
        "Processes",
        "NodeSchema", "Transport", "Linux", "XML", log, lifecycle, signals,
      ]),
    module(
      "Leader",
      [
        "Model", "GroupProtocol", "DMakefile", "MakeWrapper", "WriteAheadLog", "Transport", "Linux", log,
        lifecycle,
      ]),
    module(
      "CommandLineTool",
      [
        "Model", "Supervision", "GroupProtocol", "DMakefile", "Linux", "MakeWrapper", "NodeSchema", "Transport",
        "WriteAheadLog", "Agent", "Keeper", "Leader", arguments, log, lifecycle,
      ]),
    .executableTarget(name: "dmake", dependencies: ["CommandLineTool"], swiftSettings: swift),

    // An agent for tests that kill it, as a program of its own.
    .executableTarget(
      name: "AgentFixture", dependencies: ["Agent", "GroupProtocol", "Keeper", "Model", log],
      path: "Tests/AgentFixture",
      swiftSettings: swift),
    tests("AgentCoreTests", ["GroupProtocol", "Model", "Supervision"], data: ["Scenarios"]),
    tests("AgentTests", ["Agent", "AgentFixture", "GroupProtocol", "Linux", "Model", log, lifecycle]),
    tests(
      "CommandLineToolTests", ["CommandLineTool", "GroupProtocol", "Model", "Transport", arguments, log],
      data: ["Golden"]),
    tests("DMakefileTests", ["DMakefile", "Model"], data: ["Golden", "transparency-corpus"]),
    // What is promised of a process, without a dependency: no code that keeps the promises is in it.
    .target(name: "ProcessPromises", path: "Tests/ProcessPromises", swiftSettings: swift),
    tests("DmakeTests", ["dmake", "ProcessPromises"]),
    tests("FuzzTests", ["DMakefile", "Model"], path: "Tests/Fuzz", data: ["Programs", "corpus", "run"]),
    tests("FileTreeTests", ["FileTree", "Linux", "Model"]),
    tests("GroupProtocolTests", ["GroupProtocol", "Model", "Supervision"], data: ["Scenarios"]),
    tests("HouseTests", []),
    tests(
      "LeaderTests",
      [
        "Leader", "GroupProtocol", "Linux", "MakeWrapper", "Model", "Transport", "WriteAheadLog", lifecycle,
        log,
      ]),
    // Without a dependency: what it says of a policy shares no code with what runs one.
    .target(name: "PolicyOracle", path: "Tests/PolicyOracle", swiftSettings: swift),
    tests(
      "MakeWrapperTests",
      ["MakeWrapper", "DMakefile", "FileTree", "Linux", "Model", "PolicyOracle", "XML"], data: ["Oracle"]),
    tests("ModelTests", ["Model"]),
    tests("NodeSchemaTests", ["NodeSchema", "Model", "Supervision"]),
    tests("KeeperTests", ["AgentFixture", "Keeper", "Linux", "Model", "Processes", "Supervision"]),
    tests("ProcessesTests", ["Processes", "Linux", "Model", "Supervision"]),
    tests(
      "SeededFaultTests", ["DMakefile", "MakeWrapper", "Model", "NodeSchema"], data: ["Policies"]),
    tests("SimulationTests", ["GroupProtocol", "Model", "ProcessPromises", "Supervision"]),
    tests("SupervisionTests", ["Supervision", "Model"]),
    tests(
      "TransportTests",
      [
        "Transport", "WireFormat", "GroupProtocol", "Model", log,
        .product(name: "NIOEmbedded", package: "swift-nio"),
      ] + grpc),
    tests("WireFormatTests", ["WireFormat", "GroupProtocol", "Model", "Supervision", protobuf]),
    tests("WriteAheadLogTests", ["WriteAheadLog", "GroupProtocol", "Linux", "Model"]),
    tests("XMLTests", ["XML", "Model"]),
  ] + benchmarks
)
