import Glibc

/// A file that nobody changes but root and this process's own user.
public enum TrustedFile {
  /// The content of a regular file. It is refused where others may write it or put another file into its place, and
  /// where its path passes through links, since then others than its folders decide what is read.
  public static func read(path: String, limitBytes: Int) throws(SystemError) -> [UInt8] {
    guard let raw = realpath(path, nil) else { throw .last("read", path) }
    defer { free(raw) }
    let real = String(cString: raw)
    guard real.utf8.elementsEqual(path.utf8) else {
      throw SystemError(
        EPERM, "trust", path, detail: "a link, `.` or `..` stands in the path; name the file as `\(real)`")
    }
    let parts = path.utf8.split(separator: UInt8(ascii: "/")).dropLast().map { String(Substring($0)) }
    for count in 0...parts.count {
      try checkFolder("/" + parts.prefix(count).joined(separator: "/"), of: path)
    }
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC)
    guard descriptor >= 0 else { throw .last("read", path) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .last("look at", path) }
    if let problem = problem(status) {
      throw SystemError(EPERM, "trust", path, detail: "\(problem); `chown root` and `chmod go-w` it")
    }
    return try Directory.contents(of: descriptor, path: path, limitBytes: limitBytes)
  }

  private static func checkFolder(_ folder: String, of path: String) throws(SystemError) {
    var status = stat()
    guard lstat(folder, &status) == 0 else { throw .last("look at", folder) }
    // In a sticky folder, as /tmp, nobody moves what belongs to another.
    if status.st_mode & S_ISVTX != 0, isOurs(status) { return }
    if let problem = problem(status) {
      throw SystemError(EPERM, "trust", path, detail: "of its folder `\(folder)`, \(problem)")
    }
  }

  private static func isOurs(_ status: stat) -> Bool { status.st_uid == 0 || status.st_uid == geteuid() }

  private static func problem(_ status: stat) -> String? {
    if !isOurs(status) { return "user \(status.st_uid) is the owner, who could change it" }
    let mode = status.st_mode & 0o7777
    return mode & 0o022 == 0 ? nil : "the mode is 0\(String(mode, radix: 8)), so others could change it"
  }
}
