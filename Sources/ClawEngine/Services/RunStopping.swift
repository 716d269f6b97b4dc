import ClawCore

/// Stops runs, for services outside of the run loop.
protocol RunStopping: Sendable {
  /// Signals runs of a tenant to stop, on any node; never blocks. Called after the commit that requests it.
  func stop(_ runs: [RunID], of tenant: TenantID)

  /// Waits briefly for stopped runs to end.
  func waitBriefly(for runs: [RunID], as principal: Principal) async
}
