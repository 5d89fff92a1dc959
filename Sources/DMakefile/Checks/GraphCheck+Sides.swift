import Model

extension GraphCheck {
  /// Files that `[local]` rules and the leader's write, whole or by tags: nobody would have all of the file.
  var sideFindings: [Diagnostic] {
    let sides = SortedMap(goals.map { ($0.target, $0.isLocal) })
    return owners.compactMap { path, owners in
      guard let local = owners.first(where: { sides[$0.target] == true }),
        let other = owners.first(where: { sides[$0.target] == false })
      else { return nil }
      let place = other.place.flatMap { text.rule(at: $0)?.place } ?? other.place
      return finding(
        .twoSides, .error, local.place, target: local.target,
        "a `[local]` rule writes `\(local.reference)`, and one of the leader's writes `\(other.reference)` (\(place?.description ?? "no recipe"))",
        note: "a file belongs as a whole to its node or to the leader, since each sends it to the other",
        hint: "mark all rules of the file `[local]`, or none; the other side can read it")
    }
  }
}
