import Glibc

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  guard let problem = FuzzProperties.paths(Array(UnsafeBufferPointer(start: start, count: count))) else {
    return 0
  }
  print(problem)
  fflush(nil)
  abort()
}
