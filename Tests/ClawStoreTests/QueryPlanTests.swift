import ClawCore
import Testing

@testable import ClawStore

@Suite("L21: query plans")
struct QueryPlanTests {
  private func plans(of statements: [StatementTexts.Statement]) async throws -> [(text: String, plan: [String])] {
    let directory = try TestDirectory()
    try await withStore(in: directory) { _ in }
    let connection = try SQLiteConnection(path: directory.database, readOnly: false)
    let nothing = [SQLValue](repeating: .null(.text), count: 32)
    return try statements.map { statement in
      let plan = try connection.query("EXPLAIN QUERY PLAN " + statement.text, nothing) { $0.text(3) }
      return (statement.text, plan)
    }
  }

  @Test("no statement on a tenant's rows reads a whole table")
  func tenantStatements() async throws {
    let plans = try await plans(of: StatementTexts.tenant)
    #expect(plans.count >= 40)
    for (text, plan) in plans {
      #expect(!plan.contains { $0.hasPrefix("SCAN") }, "\(text): \(plan)")
    }
  }

  @Test("what is read at every turn goes along the primary key and needs no sorting")
  func hotPath() async throws {
    let hot = StatementTexts.tenant.filter {
      !$0.text.contains("FROM sessions")
        && ($0.text.contains("FROM messages") || $0.text.contains("FROM events") && $0.text.hasPrefix("SELECT"))
    }
    #expect(hot.count >= 5)
    for (text, plan) in try await plans(of: hot) {
      let looks = plan.filter { !$0.contains("SUBQUERY") }
      // The tenant of a waiting message is looked up by the key of its run.
      let isByKey = looks.allSatisfy { $0.contains("USING PRIMARY KEY") || $0.contains("(tenant_id=? AND id=?)") }
      #expect(isByKey, "\(text): \(plan)")
      #expect(!plan.contains { $0.contains("TEMP B-TREE") }, "\(text): \(plan)")
    }
  }

  @Test("work is found by its lane and by its mailbox, not by reading the whole queue")
  func queue() async throws {
    let hot = StatementTexts.node.filter {
      $0.text.contains("lane = $1") || $0.text.contains("mailbox = $1") || $0.text.contains("WHERE id = $1")
    }
    #expect(hot.count >= 7)
    for (text, plan) in try await plans(of: hot) {
      // A claim iterates over its own intermediate results.
      let own = ["SCAN turn", "SCAN CONSTANT ROW", "SCAN counted"]
      #expect(!plan.contains { $0.hasPrefix("SCAN") && !own.contains($0) }, "\(text): \(plan)")
    }
  }

  @Test("what runs is found by what is owned, not by all that waits nor by all that ever ran")
  func running() async throws {
    let all = StatementTexts.tenant.filter { $0.text.contains("FROM work_queue") }
    for (text, plan) in try await plans(of: all.filter { $0.text.contains("work_queue.mailbox = $2") }) {
      #expect(plan.contains { $0.contains("mailbox=?") } && plan.count == 2, "\(text): \(plan)")
    }
    // For each session in a list that has runs.
    for (text, plan) in try await plans(of: all.filter { $0.text.contains("work_queue.mailbox = sessions.id") }) {
      #expect(plan.contains { $0.contains("SEARCH work_queue") && $0.contains("mailbox=?") }, "\(text): \(plan)")
    }
    let statements = all.filter { !$0.text.contains("work_queue.mailbox =") }
    #expect(statements.count == 4 && all.count == 7)
    for (text, plan) in try await plans(of: statements) {
      #expect(plan.contains { $0.contains("work_queue_owned (tenant_id=? AND owner>?)") }, "\(text): \(plan)")
      #expect(!plan.contains { $0.hasSuffix("(tenant_id=?)") && !$0.contains("work_queue") }, "\(text): \(plan)")
    }
  }

  @Test("a claim reads the heads of mailboxes alone, in their order; busy sessions are found by their tenant")
  func heads() async throws {
    let claim = StatementTexts.node.filter { $0.text.contains("is_head = 1 AND lane = $1") }
    #expect(claim.count == 4)
    for (text, plan) in try await plans(of: claim) {
      let looks = plan.filter { $0.contains("work_queue") }
      #expect(!looks.isEmpty && looks.allSatisfy { $0.contains("work_queue_heads") }, "\(text): \(plan)")
    }
    let byTenant = StatementTexts.node.filter { $0.text.contains("FROM work_queue WHERE tenant_id = $1") }
    #expect(byTenant.count == 1)
    for (text, plan) in try await plans(of: byTenant) {
      #expect(plan.allSatisfy { $0.contains("work_queue_by_tenant") }, "\(text): \(plan)")
    }
  }

  @Test("what is parked is found by its time alone, and no claim reads it, however much there is")
  func parked() async throws {
    let parked = StatementTexts.node.filter { $0.text.contains("is_head = 2 AND lane = $1") }
    #expect(parked.count == 2)
    for (text, plan) in try await plans(of: parked) {
      let looks = plan.filter { $0.contains("work_queue") }
      #expect(!looks.isEmpty && looks.allSatisfy { $0.contains("work_queue_parked") }, "\(text): \(plan)")
      #expect(!plan.contains { $0.contains("TEMP B-TREE") }, "\(text): \(plan)")
    }
    let claims = StatementTexts.node.filter { $0.text.contains("is_head = 1 AND lane = $1") }
    for (text, plan) in try await plans(of: claims) {
      #expect(!plan.contains { $0.contains("work_queue_parked") }, "\(text): \(plan)")
    }
  }

  @Test("due jobs are found by their time, and those of a user by the user")
  func dueJobs() async throws {
    let due = StatementTexts.node.filter { $0.text.contains("FROM cron_due") && $0.text.hasPrefix("SELECT") }
    #expect(due.count == 3)
    for (text, plan) in try await plans(of: due) {
      #expect(plan.allSatisfy { $0.contains("USING COVERING INDEX") || $0.contains("USING INDEX") }, "\(text): \(plan)")
      #expect(!plan.contains { $0.contains("TEMP B-TREE") }, "\(text): \(plan)")
    }
    let jobs = StatementTexts.tenant.filter { $0.text.contains("ORDER BY cron_jobs.id") }
    #expect(jobs.count == 2)
    for (text, plan) in try await plans(of: jobs) {
      #expect(!plan.contains { $0.contains("TEMP B-TREE") }, "\(text): \(plan)")
    }
  }

  @Test("a page of sessions comes out of the index in order")
  func sessionList() async throws {
    let list = StatementTexts.tenant.filter { $0.text.contains("ORDER BY updated_at DESC") }
    #expect(list.count == 1)
    for (text, plan) in try await plans(of: list) {
      #expect(!plan.contains { $0.contains("TEMP B-TREE") }, "\(text): \(plan)")
    }
  }
}
