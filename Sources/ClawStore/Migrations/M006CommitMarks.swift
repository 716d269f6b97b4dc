extension Migration {
  /// What each worker of each node did last, so that it can find out whether a commit whose answer was lost was kept.
  static let m006CommitMarks = Migration(version: 6, name: "commit_marks") { _ in
    [
      """
      CREATE TABLE commit_marks (
        worker TEXT PRIMARY KEY,
        mark BIGINT NOT NULL,
        marked_at BIGINT NOT NULL
      )
      """
    ]
  }
}
