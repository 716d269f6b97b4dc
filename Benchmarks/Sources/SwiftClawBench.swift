import Glibc

/// Measures a release binary of the gateway. `Benchmarks/run` builds all that this needs and calls it.
@main
struct SwiftClawBench {
  static func main() async {
    do {
      try await run(try Arguments(CommandLine.arguments.dropFirst()))
    } catch {
      note("swiftclaw-bench: \(error)")
      exit(1)
    }
  }

  private static func run(_ arguments: Arguments) async throws {
    // A peer that goes away is seen when writing to it.
    signal(SIGPIPE, SIG_IGN)
    let setting = Setting(
      binary: arguments.binary, stripped: arguments.stripped, older: arguments.older,
      model: try await ModelServer.start(),
      postgres: arguments.postgres.map(BenchServer.init), yardstick: arguments.yardstick,
      fileLimit: ProcessUsage.raiseFileLimit())
    var report = Report(machine: Machine(toolchain: arguments.toolchain))
    let measures =
      arguments.only.isEmpty ? Measure.standard : Measure.all.filter { arguments.only.contains($0.name) }
    for measure in measures {
      note("bench: \(measure.name) …")
      report.add(try await measure.run(setting))
    }
    print(report.machine.summary + "\n")
    print(report.table)
    try TextFile.write(report.json.serializedString() + "\n", to: arguments.result)
    print("\nwritten to \(arguments.result)")
  }

  /// Says something beside the result.
  private static func note(_ text: String) {
    let line = Array((text + "\n").utf8)
    _ = write(STDERR_FILENO, line, line.count)
  }
}
