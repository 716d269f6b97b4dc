import ArgumentParser

/// `swiftclaw doctor`.
struct DoctorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor", abstract: "Looks for what is wrong, and says what to type.",
    discussion: """
      Changes nothing. Ends with 0 if nothing has to be mended.

      Example:
        swiftclaw doctor
      """)

  @OptionGroup var place: PlaceOptions

  func run() async throws {
    let loaded = try await place.load()
    var findings = try await Blocking.run { Doctor(loaded: loaded).look() }
    let token = try await Blocking.run {
      try? GatewayTokenStore(loaded.dataDirectory).find(given: loaded.values[Settings.gatewayToken])
    }
    findings += await GatewayProbe(values: loaded.values, token: token?.value).look()
    let console = Console.current
    for finding in findings { Self.show(finding, console) }
    for case .bad(let status) in findings.map(\.verdict) { throw CommandFailure(status, "") }
  }

  private static func show(_ finding: DoctorFinding, _ console: Console) {
    let mark =
      switch finding.verdict {
      case .good: console.styles.green("ok  ")
      case .remark: console.styles.yellow("note")
      case .bad: console.styles.red("bad ")
      }
    let subject = finding.subject + String(repeating: " ", count: max(0, 14 - finding.subject.count))
    console.line("\(mark) \(subject)\(finding.text)")
    if let remedy = finding.remedy { console.line("       \(console.styles.dim("→ " + remedy))") }
  }
}
