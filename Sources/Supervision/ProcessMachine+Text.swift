import Model

extension ProcessEnd {
  var isNotStarted: Bool {
    if case .notStarted = self { true } else { false }
  }
}

extension ProcessMachine.Effect: CustomStringConvertible {
  public var description: String {
    switch self {
    case .start(let launch, let number): "start #\(number) \(launch)"
    case .signal(let signal): "signal \(signal)"
    case .signalSession(let signal): "signal session \(signal)"
    case .look(let request): "look: \(request.question) by \(request.probe)"
    case .ended(let end): "ended: \(end)"
    case .stopped(let end): "stopped: \(end)"
    }
  }
}

extension Launch: CustomStringConvertible {
  public var description: String {
    ([executable] + arguments).joined(separator: " ") + (generation.isEmpty ? "" : " generation \(generation)")
  }
}
