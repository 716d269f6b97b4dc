/// What a measure is given.
struct Setting: Sendable {
  /// The release binary that is measured.
  let binary: String
  /// A copy of it without symbols.
  let stripped: String
  let model: ModelServer
  /// Files that a process may open.
  let fileLimit: Int
}

/// One thing to measure.
struct Measure: Sendable {
  let name: String
  let run: @Sendable (Setting) async throws -> [Figure]

  static let all = standard + [soak]
  /// Those that are measured where none is named.
  static let standard = [binary, start, memory, throughput, turnCost, deltas, idleConnections]
}
