import ClawCore
import Testing

@testable import ClawEngine

@Suite("Workspaces", .timeLimit(.minutes(10)))
struct WorkspaceTests {
  private let workspaces = Workspaces(root: "/w")

  private func agent(_ key: String = "helper", folder: String = "/w/helper") -> Agent {
    Agent(
      id: AgentID(unchecked: "a"), key: AgentKey(unchecked: key), name: "A", folder: AgentFolder(path: folder),
      createdAt: Timestamp(milliseconds: 0), updatedAt: Timestamp(milliseconds: 0))
  }

  private func userFolder(_ user: String, _ tenant: String = "default", agent key: String = "helper") -> String {
    workspaces.workspace(of: agent(key), for: UserID(unchecked: user), in: TenantID(unchecked: tenant)).userFolder.path
  }

  @Test("an agent's users share its folder, and each has one of their own with each agent")
  func folders() {
    let (ann, bob) = (UserID(unchecked: "ann"), UserID(unchecked: "bob"))
    let (hers, his) = (
      workspaces.workspace(of: agent(), for: ann, in: .standard),
      workspaces.workspace(of: agent(), for: bob, in: .standard)
    )
    #expect(hers.agentFolder == AgentFolder(path: "/w/helper") && hers.agentFolder == his.agentFolder)
    #expect(hers.userFolder != his.userFolder)
    let all = [userFolder("ann"), userFolder("bob"), userFolder("ann", agent: "other"), userFolder("ann", "acme")]
    #expect(Set(all).count == 4)
    #expect(userFolder("ann", "acme").hasPrefix("/w/@acme/"))
  }

  @Test("names that a file system may take for one another have different folders, and none leads elsewhere")
  func names() {
    let names = [
      "ann", "Ann", "ANN", "ann ", "ann.", "ann\u{E9}", "anne\u{301}", "..", "../ann", "/", "a/b", "a\\b", "CON",
      String(repeating: "x", count: 255), String(repeating: "x", count: 254),
    ]
    let folders = names.map { userFolder($0) }
    #expect(Set(folders.map { $0.lowercased() }).count == names.count)
    for folder in folders {
      let parts = folder.split(separator: "/")
      #expect(parts.count == 4 && parts.allSatisfy { $0.utf8.count <= 64 && $0 != ".." }, "\(folder)")
      #expect(folder.utf8.allSatisfy { $0 < 0x80 })
    }
  }

  @Test("no agent is given the folders of users, by whatever name, and no tenant's is among them")
  func apart() {
    let rules = AgentRules(models: FakeModels.echo, workspaces: "/w", namesAnyFolder: false)
    for name in ["@users.d", "@users.d/x", "./@users.d", "/w/@users.d"] {
      #expect(throws: ClawError.self) { _ = try rules.folder(name) }
    }
    for tenant in ["users", "users-d", "users_d"] {
      #expect(!workspaces.folder(of: TenantID(unchecked: tenant)).hasPrefix("/w/@users.d"))
    }
  }

  @Test("a tool gets the folders of the user whose conversation it is")
  func tools() async throws {
    let seen = Inbox<Workspace>()
    let tool = FakeTool("look") { _, context in
      seen.put(context.workspace)
      return ToolResult(content: "seen")
    }
    let models = FakeModels { request in
      guard request.exchanges.last?.rounds.isEmpty == true else {
        return ModelReply(text: "done", model: FakeModels.reference)
      }
      return ModelReply(
        text: "", calls: [ToolCall(id: "c", name: "look", arguments: [:])], model: FakeModels.reference)
    }
    try await withEngine(models, tools: [tool]) { harness in
      _ = try await harness.ask("look", as: ann)
      _ = try await harness.ask("look", as: bob)
      // An admin in another user's session.
      let owner = Principal(
        tenant: .standard, user: .owner, role: .admin, origin: .http, credential: .gatewayToken)
      let run = try await harness.send("look", as: owner) { $0.user = ann.user }
      let outcome = try await harness.engine.outcome(of: run, as: owner)
      #expect(outcome.state == .completed, "\(outcome)")
      let all = seen.all
      try #require(all.count == 3, "\(all)")
      #expect(Set(all.map(\.agentFolder)).count == 1)
      #expect(all[0].userFolder != all[1].userFolder && all[0] == all[2])
    }
  }
}
