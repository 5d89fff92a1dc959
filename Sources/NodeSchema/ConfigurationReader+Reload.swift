import Model
import Supervision
import XML

extension ConfigurationReader {
  /// `<reload of="config.xml{log/level}" by="SIGHUP"/>`: what a change of this part needs.
  mutating func readReloads(_ element: XMLElement, into process: inout ProcessConfiguration) {
    for entry in element.children(named: "reload") {
      let need = reload(entry[attribute: "by"] ?? "", entry)
      let text = checked(trimmed(entry[attribute: "of"] ?? ""), entry)
      guard let (file, tag) = part(text, of: process.name, entry) else { continue }
      if process.reloadRules.contains(where: { $0.file == file && $0.tag == tag }) {
        fail(entry, "what a change of `\(text)` needs is said twice")
      }
      process.reloadRules.append(ReloadRule(file: file, tag: tag, need: need))
    }
  }

  /// `FILE` or `FILE{TAG}`.
  private mutating func part(
    _ text: String, of process: ProcessName, _ entry: XMLElement
  ) -> (file: String, tag: String?)? {
    let name = text.prefix { $0 != "{" }
    let rest = text[name.endIndex...]
    do {
      let file = try NodeFile(process, String(name))
      if file.isState || file.name == TreePath.stopProcFile {
        fail(entry, "the file `\(name)` is not delivered to the process; name one that is, as `config.xml`")
        return nil
      }
      if rest.isEmpty { return (file.name, nil) }
      guard rest.count > 2, rest.hasSuffix("}"), name.hasSuffix(".xml") else {
        fail(entry, "`\(text)` is neither a file nor a value of one; expected `FILE` or `FILE.xml{TAG}`")
        return nil
      }
      return (file.name, try LocationPath(String(rest.dropFirst().dropLast())).text)
    } catch {
      fail(entry, "`\(text)` names no part of a file: \(error)")
      return nil
    }
  }
}
