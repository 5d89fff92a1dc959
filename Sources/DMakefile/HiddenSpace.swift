import Model

/// The names under `.dmake/` in make's working folder. No path of the tree begins with a dot, so nothing there can
/// be mistaken for a file of the tree.
///
///     .dmake/values/X/~TAG      what X{tag} holds now: what a prerequisite X{tag} names; written by the wrapper
///     .dmake/values/X/~~TAG     the same without line breaks at its end, for `$(file <…)` in what DMake writes: GNU
///                               make 4.3 takes that away or not, by where its buffer lies in memory
///     .dmake/outputs/X/~TAG     the target of a rule `X{tag}:`, which its recipe may write as `$@`
///     .dmake/assign/TARGET/~    where the programs of TARGET's recipe append `X{tag}=Y` (`$DMAKE_ASSIGN`)
///     .dmake/assigned           what make itself wrote for assignment lines in a run, see ``AssignmentRecord``; with
///                               `.N` behind it for a further process of the run
///     .dmake/membership.mk      ``Membership/makefile(members:processes:)``
///
/// Values that are observed and values that rules make have places of their own: a rule that reads `X{tag}` sees
/// in one pass what the tree held when the pass began, whatever other rules make of it meanwhile. The wrapper
/// copies an output to the tree after the pass and the next pass sees it, which keeps a pass independent of the
/// order and the parallelism of its rules.
///
/// `~` cannot occur in a path of the tree, so it tells where X ends. Inside a word neither make nor a shell gives
/// it a meaning. A tag's other bytes than letters, digits and `_ - .` are written as `+` and two hexadecimal
/// digits; a tag that is too long for one file name goes on in a further component after `+_`. Since make fills in
/// stems and variables, a name may also hold bytes as they are.
public enum HiddenSpace {
  public static let folder = ".dmake"
  public static let values = ".dmake/values"
  public static let outputs = ".dmake/outputs"
  public static let assignments = ".dmake/assign"
  public static let assigned = ".dmake/assigned"
  public static let membership = ".dmake/membership.mk"
  /// The target whose recipe tells what recipes find in their environment, and the one that needs all rules of a run;
  /// they never are files. Their names are such as no pattern of files of the tree matches, unless it matches all.
  public static let environment = ".dmake/~environment~"
  public static let goal = ".dmake/~goal~"

  /// The file that holds the values of `X{tag}`.
  public static func value(of reference: ValueReference) -> String {
    reference.tag.map { "\(values)/\(reference.path)/~\(encoded($0))" } ?? reference.path.text
  }

  /// Where the values that `value` holds stand as a text.
  public static func text(ofValue value: String) -> String {
    value.replacing("/~", with: textMark, maxReplacements: 1)
  }

  /// The file with the values that a text has, by make's name of the text; nil if it is none.
  public static func value(ofText name: String) -> String? {
    guard name.hasPrefix(values + "/"), name.contains(textMark) else { return nil }
    return name.replacing(textMark, with: "/~", maxReplacements: 1)
  }

  /// Where the path of the file ends in the name of its values as a text.
  static let textMark = "/~~"

  /// The file that a rule `X{tag}:` makes.
  public static func output(of reference: ValueReference) -> String {
    reference.tag.map { "\(outputs)/\(reference.path)/~\(encoded($0))" } ?? reference.path.text
  }

  /// The folder with what the recipe of `target` assigned. `target` is make's `$@`.
  public static func assignmentFolder(of target: String) -> String { "\(assignments)/\(target)" }

  /// The file of ``assignmentFolder(of:)`` that programs append to.
  public static let programFile = "~"

  /// What a file name of make stands for; nil if it is hidden and no value or output.
  public static func name(_ text: String) -> HiddenName? { HiddenName(text) }

  /// How make's names are shown to people: `.dmake/values/a/state.xml/~load` is `a/state.xml{load}`.
  public static func shown(_ text: String) -> String {
    var text = text
    if text.hasPrefix(assignments + "/") { text = String(text.dropFirst(assignments.utf8.count + 1)) }
    guard let (_, path, tag) = split(text) else { return text }
    return "\(path){\(tag)}"
  }

  static func split(_ text: String) -> (isOutput: Bool, path: String, tag: String)? {
    let bytes = text.utf8
    // Most names are visible.
    guard bytes.first == UInt8(ascii: ".") else { return nil }
    for (prefix, isOutput) in [(values, false), (outputs, true)] where bytes.starts(with: prefix.utf8) {
      let rest = bytes.dropFirst(prefix.utf8.count)
      guard rest.first == Byte.slash else { continue }
      var slash = bytes.index(after: rest.startIndex)
      while slash < bytes.endIndex {
        let next = bytes.index(after: slash)
        guard bytes[slash] == Byte.slash, next < bytes.endIndex, bytes[next] == UInt8(ascii: "~") else {
          slash = next
          continue
        }
        guard let tag = decoded(text[bytes.index(after: next)...]) else { return nil }
        return (isOutput, String(text[bytes.index(after: rest.startIndex)..<slash]), tag)
      }
      return nil
    }
    return nil
  }

  /// X of a value's or an output's file; any other name as it is.
  static func path(in name: [UInt8]) -> ArraySlice<UInt8> {
    for prefix in [values, outputs] where name.starts(with: prefix.utf8) {
      let start = prefix.utf8.count + 1
      let mark = name.indices.dropLast().first { name[$0] == Byte.slash && name[$0 + 1] == UInt8(ascii: "~") }
      return name[min(start, name.count)..<max(start, mark ?? name.count)]
    }
    return name[...]
  }

  private static let chunkLimitBytes = 200

  /// A tag as file names.
  static func encoded(_ tag: String) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var result: [UInt8] = []
    var chunk = 0
    for byte in tag.utf8 {
      if chunk >= chunkLimitBytes {
        result += Array("+_/".utf8)
        chunk = 0
      }
      if isInert(byte) {
        result.append(byte)
        chunk += 1
      } else {
        result += [Byte.plus, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        chunk += 3
      }
    }
    return result.text
  }

  /// A tag as a policy has it: make's references stay, and so does `%`; `$$` is a dollar.
  static func encoded(written tag: String) -> String {
    let bytes = Array(tag.utf8)
    var result = ""
    var start = 0
    var next = 0
    while next < bytes.count {
      let isPercent = bytes[next] == Byte.percent
      guard isPercent || (bytes[next] == Byte.dollar && next + 1 < bytes.count) else {
        next += 1
        continue
      }
      result += encoded(bytes[start..<next].text)
      if isPercent {
        result += "%"
        next += 1
        start = next
        continue
      }
      let isDollar = bytes[next + 1] == Byte.dollar
      let isSecond = isDollar && next + 2 < bytes.count && "({@*<^".utf8.contains(bytes[next + 2])
      let end = MakeText.skipReference(bytes, isSecond ? next + 1 : next, bytes.count)
      result += isDollar && !isSecond ? encoded("$") : bytes[next..<end].text
      next = end
      start = next
    }
    return result + encoded(bytes[start...].text)
  }

  static func decoded(_ name: some StringProtocol) -> String? {
    let bytes = Array(name.utf8)
    var result: [UInt8] = []
    var next = 0
    while next < bytes.count {
      if bytes.starts(with: "+_/", at: next) {
        next += 3
      } else if bytes[next] == Byte.plus {
        guard next + 2 < bytes.count, let value = UInt8(bytes[next + 1...next + 2].text, radix: 16) else {
          return nil
        }
        result.append(value)
        next += 3
      } else {
        guard bytes[next] != Byte.slash else { return nil }
        result.append(bytes[next])
        next += 1
      }
    }
    return result.text
  }

  private static func isInert(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), Byte.minus: true
    case UInt8(ascii: "."): true
    default: false
    }
  }
}
