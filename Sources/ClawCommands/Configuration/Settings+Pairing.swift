/// Settings of pairing and of limits on authentication.
extension Settings {
  public static let pairingCodeLifetime = Setting(
    "pairing.code_lifetime", .duration(), .seconds(3600), "How long a pairing code can be approved.")
  public static let pairingDeviceLifetime = Setting(
    "pairing.device_lifetime", .duration(atLeast: .zero), .seconds(90 * 86_400),
    "How long a paired device stays paired; 0 means until it is revoked.")
  public static let pairingMaxPendingPerAddress = Setting(
    "pairing.max_pending_per_address", .integer(1...1000), 3, "Devices of one network address that may wait.")
  public static let pairingMaxPending = Setting(
    "pairing.max_pending", .integer(1...10_000), 100, "Devices that may wait for their pairing in one tenant.")
  public static let pairingCheckInterval = Setting(
    "pairing.check_interval", .duration(atLeast: .milliseconds(10)), .seconds(30),
    "How often codes and pairings that have expired are looked for.")

  public static let authFailureLimit = Setting(
    "auth.failure_limit", .integer(1...10_000), 10,
    "Wrong credentials from one address within auth.failure_window that are answered at once.")
  public static let authFailureTotal = Setting(
    "auth.failure_total", .integer(1...100_000), 100, "The same from all addresses together.")
  public static let authFailureWindow = Setting(
    "auth.failure_window", .duration(), .seconds(60), "Time over which wrong credentials are counted.")
  public static let authDelay = Setting(
    "auth.delay", .duration(), .milliseconds(500),
    "Wait of the first wrong credential over the limit; each further one waits twice as long.")
  public static let authDelayCap = Setting(
    "auth.delay_cap", .duration(), .seconds(5), "Longest such wait.")

  static let pairing: [AnySetting] = [
    pairingCodeLifetime.erased, pairingDeviceLifetime.erased, pairingMaxPendingPerAddress.erased,
    pairingMaxPending.erased, pairingCheckInterval.erased, authFailureLimit.erased, authFailureTotal.erased,
    authFailureWindow.erased, authDelay.erased, authDelayCap.erased,
  ]
}
