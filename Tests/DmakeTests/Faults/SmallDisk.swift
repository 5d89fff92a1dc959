import Foundation

/// A file system of its own for a folder, so that a test can fill it. Only root mounts one.
struct SmallDisk {
  private let folder: String
  private var filler: String { "\(folder)/filler" }

  init(_ scratch: Scratch, _ name: String, sizeKiB: Int) throws {
    let folder = scratch.path(name)
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    guard Glibc.mount("none", folder, "tmpfs", 0, "size=\(sizeKiB)k") == 0 else {
      throw Failure("a tmpfs cannot be mounted: errno \(errno)")
    }
    scratch.atEnd { umount2(folder, Int32(MNT_DETACH)) }
    self.folder = folder
  }

  /// Writes until nothing more fits.
  func fill() throws {
    let file = open(filler, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    defer { close(file) }
    let block = [UInt8](repeating: 0, count: 512)
    while write(file, block, block.count) > 0 {}
    guard errno == ENOSPC else { throw Failure("\(filler) cannot be written: errno \(errno)") }
  }

  func makeRoom() { unlink(filler) }
}
