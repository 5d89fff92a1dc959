/// How much of a stranger's document is read before it is refused.
///
/// The sizes bound memory as well as time: an element of four bytes costs libxml2 over a hundred, and the check for
/// repeated attributes compares each with each.
public struct XMLLimits: Hashable, Sendable {
  public static let standard = XMLLimits()

  public var sizeLimitBytes: Int
  /// Elements within one another, the root included. libxml2 itself stops at 256.
  public var depthLimit: Int
  /// Elements, attributes, comments, processing instructions and CDATA sections together.
  public var nodeLimit: Int
  /// Attributes of one element.
  public var attributeLimit: Int
  /// One start tag with its attributes.
  public var tagLimitBytes: Int

  public init(
    sizeLimitBytes: Int = 16 << 20, depthLimit: Int = 200, nodeLimit: Int = 500_000, attributeLimit: Int = 256,
    tagLimitBytes: Int = 64 << 10
  ) {
    self.sizeLimitBytes = sizeLimitBytes
    self.depthLimit = depthLimit
    self.nodeLimit = nodeLimit
    self.attributeLimit = attributeLimit
    self.tagLimitBytes = tagLimitBytes
  }
}
