/// The environment of a benchmark.
struct Setting: Sendable {
  /// The release binary to measure.
  let binary: String
  /// A stripped copy of it.
  let stripped: String
  /// An older release binary for comparison, if any.
  let older: String?
  let model: ModelServer
  /// The PostgreSQL server, if any.
  let postgres: BenchServer?
  /// The program used for comparison.
  let yardstick: String?
  /// Limit of open files.
  let fileLimit: Int

  /// The same with another binary.
  func running(_ binary: String) -> Setting {
    Setting(
      binary: binary, stripped: stripped, older: nil, model: model, postgres: postgres, yardstick: yardstick,
      fileLimit: fileLimit)
  }
}

/// A benchmark.
struct Measure: Sendable {
  let name: String
  let run: @Sendable (Setting) async throws -> [Figure]

  static let all = standard + nodes + against + [soak]
  /// Those with PostgreSQL, on one and several nodes.
  static let nodes = [nodeThroughput, statements, fanOut, sizes]
  /// Those that can compare with an older binary.
  static let against = [firstToken, jobsAtOnce, otherTenant, manySockets, rate]
  /// Those that are run by default.
  static let standard = [binary, start, memory, throughput, turnCost, deltas, idleConnections]
}
