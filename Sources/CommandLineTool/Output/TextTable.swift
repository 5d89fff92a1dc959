/// Columns of text, each as wide as its widest cell, two spaces apart.
struct TextTable {
  private let header: [String]
  private var rows: [[Cell]] = []

  struct Cell {
    let text: String
    let emphasis: Emphasis

    /// Whatever is in the tree may be in a cell, so control characters are escaped here.
    init(_ text: String, _ emphasis: Emphasis = .none) {
      self.text = text.visible
      self.emphasis = emphasis
    }
  }

  init(_ header: String...) { self.header = header }

  mutating func add(_ row: Cell...) { rows.append(row) }

  func text(_ style: Style) -> String {
    let all = [header.map { Cell($0, .faint) }] + rows
    let widths = header.indices.map { column in all.map { $0[column].text.count }.max() ?? 0 }
    return all.map { row in
      let last = row.lastIndex { !$0.text.isEmpty } ?? 0
      return row[...last].enumerated().map { column, cell in
        let padding = column == last ? 0 : widths[column] - cell.text.count
        return style.paint(cell.text, cell.emphasis) + String(repeating: " ", count: padding)
      }.joined(separator: "  ") + "\n"
    }.joined()
  }
}
