import Model
import Supervision
import XML

/// What is wrong with a node's configuration, and where.
public struct NodeSchemaError: Error, Equatable, Sendable, CustomStringConvertible {
  /// From 1; nil where it is about the whole file.
  public let line: Int?
  public let message: String

  public init(line: Int?, _ message: String) {
    self.line = line
    self.message = message
  }

  public var description: String { line.map { "\($0): \(message)" } ?? message }
}

/// The notation of a node's `DMake/config.xml`:
///
///     <config>
///       <environment name="LANG">C.UTF-8</environment>
///       <process name="web" generation="1" restart="always" refresh="event" reload="SIGHUP"
///                reload-interval="500ms" on-agent-exit="keep" data="keep" umask="022" nice="0"
///                no-new-privileges="no">
///         <executable>/usr/bin/python3</executable>
///         <argument>web.py</argument>
///         <argument>8001</argument>
///         <environment name="PORT">8001</environment>
///         <folder>/srv/web</folder>
///         <user>www-data</user>
///         <group>www-data</group>
///         <watch>state.xml</watch>
///         <stop signal="SIGTERM" grace="10s"/>
///         <back-off initial="500ms" factor="2" limit="30s" healthy="10s" jitter="0%"/>
///         <start-limit count="5" within="1m"/>
///         <no-restart exit="64"/>
///         <supplementary-group>adm</supplementary-group>
///         <limit name="nofile" soft="1024" hard="4096"/>
///         <cgroup cpu-max="150%" cpu-weight="100" memory-max="512M" memory-high="400M" pids-max="64"/>
///         <log size="8M" keep="1"/>
///       </process>
///     </config>
///
/// Only `name` and `executable` are required; what is shown for `restart`, `refresh`, `reload-interval`, `watch`,
/// `stop` and `back-off` is what holds without them. The order of elements is free, except that arguments are
/// passed in theirs, so that policies can set each by a location path, as
/// `n1/DMake/config.xml{process[@name='web']/executable}=/usr/bin/true`.
/// Elements and attributes of other namespaces are allowed and ignored; anything else is an error.
public enum NodeSchema {
  /// Configurations are small; a larger one is a mistake or an attack.
  public static let limits = XMLLimits(sizeLimitBytes: 4 << 20)
  public static let processLimit = 10_000

  /// Reads a configuration, or says everything that is wrong with it, in the order of lines.
  public static func decode(_ content: Content) -> Result<NodeConfiguration, NodeSchemaProblems> {
    do {
      let document = try XMLDocument.parse(content.bytes, limits: limits)
      let violations = try schema.get().validate(document)
      if !violations.isEmpty {
        return .failure(
          NodeSchemaProblems(
            violations.map { NodeSchemaError(line: $0.line > 0 ? $0.line : nil, $0.message) }))
      }
      guard let root = document.root else { return .success(.empty) }
      var reader = ConfigurationReader()
      let configuration = reader.read(root)
      return reader.errors.isEmpty ? .success(configuration) : .failure(NodeSchemaProblems(reader.errors))
    } catch {
      return .failure(NodeSchemaProblems([NodeSchemaError(line: error.line, error.message)]))
    }
  }

  private static let schema = Result<RelaxNGSchema, XMLError> { () throws(XMLError) in
    try RelaxNGSchema(relaxNG)
  }
}

/// Everything that is wrong with a configuration; never empty.
public struct NodeSchemaProblems: Error, Equatable, Sendable, CustomStringConvertible {
  public let errors: [NodeSchemaError]
  init(_ errors: [NodeSchemaError]) { self.errors = errors.sorted { ($0.line ?? 0) < ($1.line ?? 0) } }

  /// The first few, a line each, as `FILE:LINE: sentence`.
  public var description: String {
    let shown = errors.prefix(5).map { "DMake/config.xml:\($0)" }
    let rest = errors.count - shown.count
    return (shown + (rest > 0 ? ["and \(rest) more"] : [])).joined(separator: "\n")
  }
}
