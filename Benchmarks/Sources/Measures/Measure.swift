/// What a measure is given.
struct Setting: Sendable {
  /// The release binary that is measured.
  let binary: String
  /// A copy of it without symbols.
  let stripped: String
  /// An older release binary that is measured in the same run, if there is one.
  let older: String?
  let model: ModelServer
  /// Databases to measure on, if there is a PostgreSQL.
  let postgres: BenchServer?
  /// The yardstick's program.
  let yardstick: String?
  /// Files that a process may open.
  let fileLimit: Int

  /// The same with another binary.
  func running(_ binary: String) -> Setting {
    Setting(
      binary: binary, stripped: stripped, older: nil, model: model, postgres: postgres, yardstick: yardstick,
      fileLimit: fileLimit)
  }
}

/// One thing to measure.
struct Measure: Sendable {
  let name: String
  let run: @Sendable (Setting) async throws -> [Figure]

  static let all = standard + nodes + against + [soak]
  /// Those on one and on several nodes, which need a PostgreSQL.
  static let nodes = [nodeThroughput, statements, fanOut, sizes]
  /// Those of which an older binary may be measured beside this one.
  static let against = [firstToken, jobsAtOnce, otherTenant, manySockets, rate]
  /// Those that are measured where none is named.
  static let standard = [binary, start, memory, throughput, turnCost, deltas, idleConnections]
}
