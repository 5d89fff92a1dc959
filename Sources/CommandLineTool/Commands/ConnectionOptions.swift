import ArgumentParser
import Transport

/// How a command finds a leader.
struct ConnectionOptions: ParsableArguments {
  @Option(
    name: .customLong("leader"),
    help: ArgumentHelp(
      "Where a leader listens: unix:/path, host:port or [ipv6]:port; may be given several times.",
      discussion: "Without it, the addresses in DMAKE_LEADERS hold, else \(LeaderAddresses.standard).",
      valueName: "address"),
    transform: { try LeaderAddresses.parseReachable($0) })
  var leaders: [Address] = []

  @Option(
    help: ArgumentHelp(
      "The leader's token, which loopback TCP asks for: a file of mode 0600. Without it, DMAKE_TOKEN holds the token.",
      valueName: "file"), completion: .file())
  var tokenFile: String?

  /// The addresses in the order in which they are tried.
  func addresses(_ environment: Environment) throws(CommandFailure) -> [Address] {
    leaders.isEmpty ? try LeaderAddresses.from(environment) : leaders
  }

  func connection(_ context: ToolContext) throws(CommandFailure) -> OperatorConnection {
    OperatorConnection(
      addresses: try addresses(context.environment),
      token: try LeaderToken.find(file: tokenFile, context.environment))
  }
}

/// The token that a leader asks for: in a file that was named, or in DMAKE_TOKEN.
enum LeaderToken {
  static func find(file: String?, _ environment: Environment) throws(CommandFailure) -> Token? {
    do throws(TransportError) {
      if let file { return try Token(file: file) }
    } catch {
      throw CommandFailure(error)
    }
    guard let text = environment["DMAKE_TOKEN"], !text.isEmpty else { return nil }
    guard let token = Token(text) else {
      throw CommandFailure(.usage, "DMAKE_TOKEN does not hold 16 to 512 visible ASCII characters")
    }
    return token
  }
}

/// The addresses of leaders as text.
enum LeaderAddresses {
  static let standard = Address.unix(path: "/run/dmake/leader.sock")

  static func parse(_ text: String) throws -> Address {
    do { return try Address(text) } catch { throw ValidationError(error.description) }
  }

  /// As ``parse(_:)``, and refuses an IP literal that is not loopback.
  static func parseReachable(_ text: String) throws -> Address {
    let address = try parse(text)
    do { try address.checkLiteral() } catch { throw ValidationError(error.description) }
    return address
  }

  /// DMAKE_LEADERS: addresses, with commas or spaces between them.
  static func from(_ environment: Environment) throws(CommandFailure) -> [Address] {
    let words = (environment["DMAKE_LEADERS"] ?? "").split { $0 == "," || $0.isWhitespace }
    if words.isEmpty { return [standard] }
    var addresses: [Address] = []
    for word in words {
      do throws(TransportError) { addresses.append(try Address(String(word))) } catch {
        throw CommandFailure(.usage, "DMAKE_LEADERS: \(error.description)")
      }
    }
    return addresses
  }
}
