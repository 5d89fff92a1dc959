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
}

/// An open segment.
public protocol LogFile: Sendable {
  /// Writes all bytes; after an error any part of them may be there.
  func write(_ bytes: [UInt8], at offset: Int) throws(SystemError)
  /// Returns when everything written before is on disk.
  func synchronize() throws(SystemError)
  func truncate(to lengthBytes: Int) throws(SystemError)
}
