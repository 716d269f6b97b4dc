extension Measure {
  /// The size of the binary.
  static let binary = Measure(name: "binary") { setting in
    guard let whole = TextFile.size(setting.binary), let stripped = TextFile.size(setting.stripped) else {
      throw BenchFailure("\(setting.binary) or its stripped copy is missing")
    }
    return [
      Figure("binary.stripped", "binary, stripped", Double(stripped) / 1e6, "MB", .atMost(40)),
      Figure("binary.whole", "binary, with symbols", Double(whole) / 1e6, "MB"),
    ]
  }
}
