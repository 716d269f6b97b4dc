/// The command line: `--name value` pairs, as `Benchmarks/run` gives them.
struct Arguments: Sendable {
  let binary: String
  let stripped: String
  /// An older binary to measure beside it.
  let older: String?
  let result: String
  let toolchain: String
  /// The DSN without a database name; nil without PostgreSQL.
  let postgres: String?
  /// The program used for comparison, if any.
  let yardstick: String?
  /// Names of benchmarks; empty means all.
  let only: Set<String>

  init(_ words: some Sequence<String>) throws {
    var values: [String: String] = [:]
    var iterator = words.makeIterator()
    while let name = iterator.next() {
      guard let value = iterator.next() else { throw BenchFailure("\(name) needs a value") }
      values[name] = value
    }
    func needed(_ name: String) throws -> String {
      guard let value = values[name] else { throw BenchFailure("\(name) is missing; call Benchmarks/run") }
      return value
    }
    binary = try needed("--binary")
    stripped = try needed("--stripped")
    result = try needed("--result")
    older = values["--older"].flatMap { $0.isEmpty ? nil : $0 }
    toolchain = values["--toolchain"] ?? "unknown compiler"
    postgres = values["--postgres"].flatMap { $0.isEmpty ? nil : $0 }
    yardstick = values["--yardstick"].flatMap { $0.isEmpty ? nil : $0 }
    only = Set((values["--only"] ?? "").split(separator: ",").map(String.init))
    let unknown = only.subtracting(Measure.all.map(\.name))
    guard unknown.isEmpty else {
      throw BenchFailure(
        "no such measure: \(unknown.sorted().joined(separator: ", ")); there are "
          + Measure.all.map(\.name).joined(separator: ", "))
    }
  }
}
