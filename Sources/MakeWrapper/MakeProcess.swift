import CMakeWarden
import Glibc
import Model

/// One run of GNU make: what it is given, explicitly and in full. Nothing of this process's environment, working
/// folder or open files reaches make or a recipe.
struct MakeProcess {
  /// The program: GNU make 4.3 or newer.
  var program = "/usr/bin/make"
  /// Without the program's own name.
  var arguments: [String]
  var environment: SortedMap<String, String>
  var folder: String
  var limits: MakeLimits
  /// A private folder: set where the run must neither write elsewhere nor reach the network.
  var confinedTo: String?
  /// Set where make is not to run if the kernel does not let it be confined.
  var isConfinementRequired = false
  /// Set where the output is what the run is for.
  var keepsAllOutput = false
  /// Where a trace line is seen, the recipe's name; output between two of them belongs to the first.
  var startOfRecipe: @Sendable (Substring) -> String? = { _ in nil }

  /// Readies this process to run make at a cost that does not grow with what it will hold. To be called early; when
  /// it fails, the first run tries again and tells.
  static func prepare() { _ = warden_prepare() }

  /// Runs make to its end. Blocks the calling thread.
  func run() throws(MakeProcessError) -> MakeOutcome {
    var warden = CMakeWarden.warden()
    let error = start(&warden)
    guard error == 0 else { throw MakeProcessError(program: program, errno: error) }
    defer { close(warden.output) }

    var supervision = RecipeSupervision(
      make: warden.program, warden: warden.pid, limits: limits, isOutputOfMake: keepsAllOutput)
    var output =
      keepsAllOutput
      ? OutputCapture(wholeLimitBytes: limits.outputLimitBytes) : OutputCapture(startOfRecipe: startOfRecipe)
    supervise(warden, into: &output, by: &supervision)

    var end = warden_end()
    guard warden_wait(&warden, &end) == 0 else { throw MakeProcessError(program: program, errno: EIO) }
    guard end.error == 0 else {
      throw MakeProcessError(program: program, errno: abs(end.error), isOfConfinement: end.error < 0)
    }
    var buffer = [UInt8](repeating: 0, count: Self.bufferSizeBytes)
    drain(warden.output, into: &output, by: &buffer)
    return MakeOutcome(
      exitCode: warden_exit_code(end.wait_status), signal: warden_signal(end.wait_status),
      output: output.finish(), stopped: supervision.stopped, stop: supervision.runStop,
      leftovers: Int(end.leftovers))
  }

  /// Reads what make prints until nothing of it is left. The end of the output is no sign of that: a daemon
  /// that a recipe left behind may hold the pipe.
  private func supervise(
    _ warden: warden, into output: inout OutputCapture, by supervision: inout RecipeSupervision
  ) {
    var polled = [
      pollfd(fd: warden.status, events: Int16(POLLIN), revents: 0),
      pollfd(fd: warden.output, events: Int16(POLLIN), revents: 0),
    ]
    var isOpen = true
    // make prints a line for each rule, and to be woken for each costs both of us more than the rule.
    var isPausing = false
    var buffer = [UInt8](repeating: 0, count: Self.bufferSizeBytes)
    while true {
      polled[1].fd = isOpen && !isPausing ? warden.output : -1
      let count = poll(
        &polled, 2, isPausing ? Self.pauseMilliseconds : RecipeSupervision.intervalMilliseconds)
      if count < 0 && errno != EINTR { return }
      isPausing = polled[1].revents != 0
      if isPausing {
        drain(warden.output, into: &output, by: &buffer)
        isOpen = polled[1].revents & Int16(POLLIN) != 0
      }
      if polled[0].revents != 0 { return }
      supervision.check(outputBytes: output.recipeBytes, recipe: output.recipe)
    }
  }

  private static let bufferSizeBytes = 64 << 10
  /// In this time make fills a part of its pipe.
  private static let pauseMilliseconds: Int32 = 2

  /// Takes at most a few pipefuls: a program that floods must not keep the supervision from looking at it.
  private func drain(_ descriptor: Int32, into output: inout OutputCapture, by buffer: inout [UInt8]) {
    for _ in 0..<16 {
      let count = read(descriptor, &buffer, buffer.count)
      guard count > 0 else { return }
      output.append(buffer[..<count])
    }
  }

  private var confinement: Int32 {
    if confinedTo == nil { return Int32(WARDEN_UNCONFINED) }
    return Int32(isConfinementRequired ? WARDEN_CONFINED : WARDEN_CONFINED_IF_POSSIBLE)
  }

  private func start(_ warden: inout warden) -> Int32 {
    let arguments = CStrings([program] + self.arguments)
    let environment = CStrings(self.environment.map { "\($0)=\($1)" })
    return program.withCString { program in
      folder.withCString { folder in
        (confinedTo ?? "/").withCString { scratch in
          var plan = warden_plan()
          plan.file = program
          plan.arguments = arguments.pointers
          plan.environment = environment.pointers
          plan.folder = folder
          plan.file_size_limit_bytes = limits.fileLimitBytes
          plan.memory_limit_bytes = limits.memoryLimitBytes ?? 0
          plan.confinement = confinement
          plan.scratch = scratch
          return withExtendedLifetime((arguments, environment)) { warden_start(&plan, &warden) }
        }
      }
    }
  }
}

/// make could not be started or watched.
public struct MakeProcessError: Error, Equatable, Sendable, CustomStringConvertible {
  public let program: String
  public let errno: Int32
  /// Whether it was not started because the kernel does not let it be confined.
  public var isOfConfinement = false

  public var description: String {
    if isOfConfinement {
      return "`\(program)` cannot be confined here: \(String(cString: strerror(errno)))"
    }
    let isMissing = [ENOENT, EACCES, ENOEXEC].contains(errno)
    return "`\(program)` cannot be run: \(String(cString: strerror(errno)))"
      + (isMissing ? "; GNU make 4.3 or newer must be installed" : "")
  }
}

/// An array of C strings that ends with a null pointer, as execve(2) takes it.
private final class CStrings {
  let pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
  private let count: Int

  init(_ texts: [String]) {
    count = texts.count
    pointers = .allocate(capacity: count + 1)
    for (index, text) in texts.enumerated() { pointers[index] = strdup(text) }
    pointers[count] = nil
  }

  deinit {
    for index in 0..<count { free(pointers[index]) }
    pointers.deallocate()
  }
}
