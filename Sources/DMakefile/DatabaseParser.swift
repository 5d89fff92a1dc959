import Model

extension Database {
  /// Reads what `make -pq` printed.
  public init(parsing output: [UInt8]) { self.init() }
}
