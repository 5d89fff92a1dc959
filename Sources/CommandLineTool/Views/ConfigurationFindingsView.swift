import NodeSchema

/// `dmake lint --config`: what is wrong with a node's configuration.
public struct ConfigurationFindingsView: View {
  let file: String
  let errors: [NodeSchemaError]

  public init(file: String, errors: [NodeSchemaError]) {
    self.file = file
    self.errors = errors
  }

  public func text(_ style: Style) -> String {
    errors.map { error in
      let place = error.line.map { "\(file.visible):\($0)" } ?? file.visible
      return style.paint(place, .bold) + ": " + style.paint("error", .red) + ": \(error.message.visible)\n"
    }.joined()
  }

  public var json: JSON {
    .document(
      kind: "findings",
      [
        "findings": .array(
          errors.map {
            [
              "severity": "error", "file": .string(file), "line": JSON(number: $0.line),
              "message": .string($0.message),
            ]
          })
      ])
  }
}
