extension Migration {
  /// What runs is found by way of the queue of work. An index that knows states made PostgreSQL write a run into all its
  /// indexes anew at its end.
  static let m007RunsRunning = Migration(version: 7, name: "runs_running") { _ in ["DROP INDEX runs_running"] }
}
