import Glibc

/// Where a command writes: data to standard output, everything else to standard error.
///
/// It writes with write(2) and keeps no buffer, so nothing is lost when a signal ends the command.
public struct Console: Sendable {
  /// Whether standard output and standard error are terminals.
  public let outputIsTerminal: Bool
  public let errorIsTerminal: Bool
  private let forbidsColor: Bool

  /// NO_COLOR (https://no-color.org) counts when it is set and not empty.
  public init(environment: Environment) {
    outputIsTerminal = isatty(STDOUT_FILENO) == 1
    errorIsTerminal = isatty(STDERR_FILENO) == 1
    forbidsColor = !(environment["NO_COLOR"] ?? "").isEmpty || environment["TERM"] == "dumb"
  }

  /// How to paint standard output.
  public func style(_ choice: ColorChoice) -> Style { style(choice, isTerminal: outputIsTerminal) }

  /// How to paint standard error.
  public func errorStyle(_ choice: ColorChoice) -> Style { style(choice, isTerminal: errorIsTerminal) }

  private func style(_ choice: ColorChoice, isTerminal: Bool) -> Style {
    switch choice {
    case .auto: Style(isColored: isTerminal && !forbidsColor)
    case .always: Style(isColored: true)
    case .never: Style(isColored: false)
    }
  }

  /// Columns of the terminal at standard output; nil where there is none.
  public var width: Int? {
    var size = winsize()
    guard outputIsTerminal, ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
      return nil
    }
    return Int(size.ws_col)
  }

  /// Data. A reader that went away (`dmake status | head`) ends the command as done; a full disk is a failure.
  public func write(_ text: String) throws(CommandFailure) { try write(Array(text.utf8)) }

  /// Data that need not be text.
  public func write(_ bytes: [UInt8]) throws(CommandFailure) {
    switch Self.write(bytes, to: STDOUT_FILENO) {
    case 0: return
    case EPIPE: throw CommandFailure(.done, "nobody reads the output any more")
    case let code:
      throw CommandFailure(.unavailable, "cannot write to standard output: \(String(cString: strerror(code)))")
    }
  }

  /// A message. There is nobody left to tell when this fails.
  public func tell(_ text: String) { _ = Self.write(Array(text.utf8), to: STDERR_FILENO) }

  /// A failure, with the tool's name before it.
  public func tell(_ failure: CommandFailure) { tell("dmake: \(failure.description)\n") }

  /// The errno of what went wrong, or 0.
  private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count > 0 {
        rest = rest.dropFirst(count)
      } else if errno == EAGAIN {
        var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = poll(&ready, 1, -1)
      } else if errno != EINTR {
        return errno
      }
    }
    return 0
  }
}

/// Variables of the environment by name. A value, so that commands can be tested with others.
public struct Environment: Sendable {
  private let lookUp: @Sendable (String) -> String?

  public static let process = Environment { getenv($0).map { String(cString: $0) } }

  public init(_ lookUp: @escaping @Sendable (String) -> String?) { self.lookUp = lookUp }

  public subscript(name: String) -> String? { lookUp(name) }
}
