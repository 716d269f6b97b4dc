import ClawCore

/// Checks the system's time zone data, which jobs with a `tz` use.
extension Doctor {
  /// Data without this change is older than autumn 2026: from 1 November on Vancouver is seven hours behind UTC all
  /// year (tzdata of autumn 2026; Debian 12's image has 2025b, which lacks it).
  private static let probe = (zone: "America/Vancouver", moment: Int64(1_799_971_200), seconds: Int64(-25_200))

  func zones(_ library: ZoneFileLibrary = .system) async -> DoctorFinding {
    let subject = "time zones"
    let version = await library.version() ?? "of unknown version"
    do throws(ZoneFileError) {
      let zone = try await library.zone(named: Self.probe.zone)
      guard zone.offset(at: Self.probe.moment).secondsFromUTC == Self.probe.seconds else {
        return .remark(
          subject,
          "the system's data (\(version)) is older than the changes of autumn 2026; jobs in some zones come an hour off",
          "sudo apt-get update && sudo apt-get install --only-upgrade tzdata   (the gateway reads it without a restart)"
        )
      }
      return .good(subject, version)
    } catch {
      return .remark(subject, "\(error)", "sudo apt-get install tzdata")
    }
  }
}
