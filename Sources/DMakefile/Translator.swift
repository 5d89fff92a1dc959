import Model

/// Turns a DMakefile into the text that GNU make reads.
public enum Translator {
  public static func translate(bundle: Bundle) -> Translation {
    let bytes = bundle.policy?.bytes ?? []
    return Translation(
      files: [.init(path: Bundle.policyFile, bytes: bytes)], tags: [], assignments: [], annotations: [],
      diagnostics: [], isTransparent: true)
  }
}
