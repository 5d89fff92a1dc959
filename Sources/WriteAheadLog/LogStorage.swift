import Linux

/// The folder that a log lives in, as far as a log needs it; tests have one in memory that crashes.
public protocol LogStorage: Sendable {
  /// For messages.
  var path: String { get }
  /// The files' names, in any order.
  func names() throws(SystemError) -> [String]
  func read(_ name: String) throws(SystemError) -> [UInt8]
  /// Creates or replaces a file at once; content and name are on disk when the call returns.
  func write(_ name: String, _ bytes: [UInt8]) throws(SystemError)
  /// Opens a file that exists, for appending to it.
  func open(_ name: String) throws(SystemError) -> any LogFile
  /// Removes a file if it is there; a crash may bring it back.
  func remove(_ name: String) throws(SystemError)
  /// Which file stands under the name, in the folder that has the path by now; nil where none does.
  func identity(of name: String) throws(SystemError) -> LogFileIdentity?
  /// The folder that has the path by now, made where there is none.
  func reopened() throws(SystemError) -> any LogStorage
}

/// Tells a file from another one that has got its name.
public struct LogFileIdentity: Hashable, Sendable {
  public let device: UInt64
  public let inode: UInt64
  public init(device: UInt64, inode: UInt64) {
    self.device = device
    self.inode = inode
  }
}

/// An open segment.
public protocol LogFile: Sendable {
  /// Whatever has become of its name.
  var identity: LogFileIdentity { get }
  /// Writes all bytes; after an error any part of them may be there.
  func write(_ bytes: [UInt8], at offset: Int) throws(SystemError)
  /// Returns when everything written before is on disk.
  func synchronize() throws(SystemError)
  func truncate(to lengthBytes: Int) throws(SystemError)
}
