import ClawCore

/// Stops runs, for services that are no part of the run loop.
protocol RunStopping: Sendable {
  /// Tells runs of a tenant to stop, on whatever node they are; never waits. Called after the commit that asks for it.
  func stop(_ runs: [RunID], of tenant: TenantID)

  /// Gives runs that were told to stop the time to say so.
  func waitBriefly(for runs: [RunID], as principal: Principal) async
}
