/// Suggests corrections of misspelled names.
public enum NearestName {
  /// The nearest known name, if it is similar enough: at most a third of its letters differ.
  public static func nearest(to name: String, among known: some Sequence<String>) -> String? {
    let name = Array(name.lowercased().utf8)
    guard name.count <= 100 else { return nil }
    var best: (name: String, distance: Int)?
    for candidate in known {
      let letters = Array(candidate.lowercased().utf8)
      let found = distance(name, letters)
      guard found <= max(2, max(name.count, letters.count) / 3) else { continue }
      if best.map({ found < $0.distance }) ?? true { best = (candidate, found) }
    }
    return best?.name
  }

  /// The Damerau–Levenshtein distance: insertions, deletions, replacements and swaps of adjacent letters.
  static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...right.count)
    for (row, letter) in left.enumerated() {
      var current = [row + 1]
      for (column, other) in right.enumerated() {
        let replaced = last[column] + (letter == other ? 0 : 1)
        var least = min(last[column + 1] + 1, current[column] + 1, replaced)
        if row > 0, column > 0, letter == right[column - 1], left[row - 1] == other {
          least = min(least, beforeLast[column - 1] + 1)
        }
        current.append(least)
      }
      (beforeLast, last) = (last, current)
    }
    return last[right.count]
  }
}
