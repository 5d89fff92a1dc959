import Glibc
import Linux
import Testing

@Suite("Files that only an administrator writes")
struct TrustedFileTests {
  private let scratch: AgentScratch
  private var path: String { "\(scratch.path)/conf/allow" }

  init() throws {
    scratch = try AgentScratch()
    mkdir("\(scratch.path)/conf", 0o755)
    try scratch.write("conf/allow", "text")
  }

  private func refusal(_ path: String) -> String {
    do {
      _ = try TrustedFile.read(path: path, limitBytes: 100)
      return "read"
    } catch { return error.description }
  }

  @Test("one of this user in a folder of this user is read")
  func good() throws { #expect(try TrustedFile.read(path: path, limitBytes: 100) == Array("text".utf8)) }

  @Test("others must write neither the file nor a folder above it", arguments: [0o620, 0o602, 0o666])
  func modes(mode: UInt32) throws {
    chmod(path, mode)
    #expect(refusal(path).contains("so others could change it; `chown root` and `chmod go-w` it"))
    chmod(path, 0o644)
    chmod("\(scratch.path)/conf", mode | 0o100)
    #expect(refusal(path).contains("of its folder `\(scratch.path)/conf`, the mode is"))
    chmod("\(scratch.path)/conf", 0o755)
    chmod(scratch.path, 0o777)
    #expect(refusal(path).contains("of its folder `\(scratch.path)`, the mode is"))
  }

  @Test("no other user owns the file or a folder above it", .enabled(if: geteuid() == 0))
  func owners() throws {
    chown(path, 1, 0)
    #expect(refusal(path).contains("user 1 is the owner"))
    chown(path, 0, 0)
    chown("\(scratch.path)/conf", 1, 0)
    #expect(refusal(path).contains("of its folder `\(scratch.path)/conf`, user 1 is the owner"))
    // In its own sticky folder the owner still moves everything.
    chmod("\(scratch.path)/conf", 0o1777)
    #expect(refusal(path).contains("user 1 is the owner"))
  }

  @Test("a link, a FIFO, a folder and a file that is too large are refused, and none is waited for")
  func kinds() throws {
    symlink("allow", "\(scratch.path)/conf/link")
    #expect(refusal("\(scratch.path)/conf/link").contains("name the file as `\(path)`"))
    symlink("conf", "\(scratch.path)/other")
    #expect(refusal("\(scratch.path)/other/allow").contains("name the file as `\(path)`"))
    #expect(refusal("\(scratch.path)/conf/../conf/allow").contains("name the file as `\(path)`"))
    mkfifo("\(scratch.path)/conf/fifo", 0o600)
    #expect(refusal("\(scratch.path)/conf/fifo").contains("it is a FIFO"))
    #expect(refusal("\(scratch.path)/conf").contains("it is a folder"))
    try scratch.write("conf/allow", String(repeating: "x", count: 101))
    #expect(refusal(path).contains("larger than 100 bytes"))
    #expect(refusal("\(scratch.path)/conf/none").contains("No such file"))
  }
}
