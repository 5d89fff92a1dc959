import ArgumentParser

/// How a command shows its answer.
struct OutputOptions: ParsableArguments {
  @Option(name: [.customShort("o"), .customLong("output")], help: "The form of the answer.")
  var format: OutputFormat = .text

  @Option(help: "Colours; NO_COLOR in the environment forbids them where this says auto.")
  var color: ColorChoice = .auto

  func write(_ view: some View, to console: Console) throws(CommandFailure) {
    try console.write(render(view, console))
  }

  func render(_ view: some View, _ console: Console) -> String {
    format.render(view, style: console.style(color))
  }
}
