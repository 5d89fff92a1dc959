import FileTree
import Model

extension RoundMemory {
  /// The time stamp that a file of the tree has for make.
  func stamp(of path: TreePath, _ file: TreeFile) -> LogicalStamp {
    let known = [self[rule: path.text]?.changed, inputStamp(of: path.text)]
    return known.compactMap { $0 }.max() ?? .input(file.index, pass: 0)
  }
}
