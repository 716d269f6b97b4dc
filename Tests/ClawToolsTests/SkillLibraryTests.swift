import ClawCore
import ClawJSON
import Foundation
import Synchronization
import Testing

@testable import ClawTools

@Suite("The skills on disk")
struct SkillLibraryTests {
  @Test("skills of the data directory and of the workspace are listed by id, the workspace's first")
  func sources() async throws {
    let folder = try SkillFolders()
    try folder.write("data", "weather", "description: global")
    try folder.write("data", "zoo", "name: Zoo\ndescription: animals\nversion: 7")
    try folder.write("agent", "forecast", "name: Weather\ndescription: own")
    try folder.write("other", "mine", "description: of another agent")
    let skills = await folder.skills()
    #expect(skills.map(\.id) == ["weather", "zoo"])
    #expect(skills.map(\.name) == ["Weather", "Zoo"])
    #expect(skills.map(\.summary) == ["own", "animals"])
    #expect(skills.map(\.source) == [.workspace, .global])
    #expect(skills[0].version.hasPrefix("sha256:") && skills[1].version == "7")
    #expect(await folder.skills("other").map(\.id) == ["mine", "weather", "zoo"])
    #expect(await folder.library.skills(in: AgentFolder(path: "")).map(\.id) == ["weather", "zoo"])
    #expect(try await folder.text("weather").text == "body of forecast")
    #expect(try await folder.text("WEATHER", of: "other").text == "body of weather")
  }

  @Test("a change counts at the next look, and nothing is read again while there is none")
  func hotReload() async throws {
    let folder = try SkillFolders()
    let old = Date(timeIntervalSince1970: 1_600_000_000)
    try folder.write("data", "a", "description: one", at: old)
    let before = await folder.skills()
    #expect(await folder.skills() == before)
    try folder.write("data", "a", "description: two", at: old.addingTimeInterval(1))
    let after = await folder.skills()
    #expect(after.map(\.summary) == ["two"])
    #expect(after[0].version != before[0].version)
    try folder.write("data", "b", "description: new")
    #expect(await folder.skills().map(\.id) == ["a", "b"])
    try folder.remove("data/skills/a/SKILL.md")
    #expect(await folder.skills().map(\.id) == ["b"])
    try folder.remove("data/skills")
    #expect(await folder.skills().isEmpty)
  }

  @Test("a change that leaves size and time of the file as they were is seen all the same")
  func sameStamp() async throws {
    let folder = try SkillFolders()
    for text in ["description: aaa", "description: bbb", "description: ccc"] {
      try folder.overwrite("data", "a", text)
      #expect(await folder.skills().map { "description: \($0.summary)" } == [text])
    }
  }

  @Test("a bad skill is reported once, and the others are there")
  func badSkills() async throws {
    let folder = try SkillFolders()
    try folder.write("data", "bad", "name: x")
    try folder.write("data", "bad name!", "description: d")
    try folder.write("data", "dup1", "name: same\ndescription: first")
    try folder.write("data", "dup2", "name: Same\ndescription: second")
    try folder.write("data", "good", "description: d")
    try folder.mkdir("data/skills/empty")
    try folder.file("data/skills/plain.txt", "no skill")
    #expect(await folder.skills().map(\.id) == ["good", "same"])
    #expect(await folder.skills().first { $0.id == "same" }?.summary == "first")
    #expect(folder.faults.map { $0.split(separator: "/").last.map(String.init) } == ["bad", "bad name!", "dup2"])
    try folder.write("data", "bad", "description: now good")
    #expect(await folder.skills().map(\.id) == ["bad", "good", "same"])
    try folder.write("data", "bad", "name: bad again")
    _ = await folder.skills()
    #expect(folder.faults.count == 4)
  }

  @Test(
    "S20: no path leads out of a skill's folder",
    arguments: [
      "../other/SKILL.md", "..", ".", "", "/etc/passwd", "a/../../../x", "a//b", "a/", "sub/../notes.md", "x\u{0}y",
      "../../../agent/secret", "./notes.md", "/proc/self/environ", "a/b/c/d/e/f/g/h/i",
    ])
  func paths(path: String) async throws {
    let folder = try SkillFolders()
    try folder.write("agent", "a", "description: d")
    try folder.file("agent/skills/a/notes.md", "fine")
    try folder.file("agent/secret", "SECRET")
    let error = try #require(await folder.failure("a", file: path))
    #expect(error.code == .invalidRequest)
    #expect(!error.message.contains(folder.path))
  }

  @Test("S20: files of the folder are read, by plain paths")
  func files() async throws {
    let folder = try SkillFolders()
    try folder.write("agent", "a", "description: d")
    try folder.file("agent/skills/a/notes.md", "no\u{200B}tes")
    try folder.file("agent/skills/a/scripts/deep/run.py", "run")
    try folder.file("agent/skills/a/.hidden", "hidden")
    let body = try await folder.text("a")
    #expect(body.files == ["notes.md", "scripts/deep/run.py"])
    #expect(body.folder == folder.path + "/agent/skills/a")
    let notes = try await folder.text("a", file: "notes.md")
    #expect(notes.text == "notes" && notes.hiddenCharacters == 1)
    #expect(try await folder.text("a", file: "scripts/deep/run.py").text == "run")
    #expect(try await folder.text("a", file: "SKILL.md").text.hasPrefix("---"))
    #expect(await folder.failure("a", file: "missing.md")?.code == .notFound)
    #expect(await folder.failure("a", file: "scripts")?.code == .invalidRequest)
    #expect(await folder.failure("a", file: String(repeating: "n", count: 300))?.code == .notFound)
    #expect(await folder.failure("nothing")?.code == .notFound)
  }

  @Test("S20, S23: links out of a skill's folder are not followed, nor pipes opened, nor other than text read")
  func links() async throws {
    let folder = try SkillFolders()
    try folder.write("agent", "a", "description: d")
    try folder.file("agent/secret", "SECRET")
    try folder.link("agent/skills/a/file", to: folder.path + "/agent/secret")
    try folder.link("agent/skills/a/up", to: "../..")
    try folder.link("agent/skills/a/inside", to: "SKILL.md")
    try folder.file("agent/skills/a/binary", Data([0xFF, 0xFE, 0]))
    try folder.file("agent/skills/a/large", Data(count: SkillFile.maxBytes + 1))
    #expect(mkfifo(folder.path + "/agent/skills/a/pipe", 0o600) == 0)
    for file in ["file", "up/secret", "up", "inside", "pipe", "binary", "large"] {
      #expect(await folder.failure("a", file: file)?.code == .invalidRequest, "\(file)")
    }
    #expect(try await folder.text("a").files == ["binary", "large"])
  }

  @Test("S23: an agent's own folder has no way to skills elsewhere; the data directory may link to a skill")
  func linkedSkills() async throws {
    let folder = try SkillFolders()
    try folder.write("elsewhere", "x", "description: d")
    try folder.link("agent/skills/linked", to: folder.path + "/elsewhere/skills/x")
    try folder.mkdir("agent/skills/inner")
    try folder.link("agent/skills/inner/SKILL.md", to: folder.path + "/elsewhere/skills/x/SKILL.md")
    try folder.link("data/skills/linked", to: folder.path + "/elsewhere/skills/x")
    try folder.mkdir("data/skills/inner")
    try folder.link("data/skills/inner/SKILL.md", to: folder.path + "/elsewhere/skills/x/SKILL.md")
    let skills = await folder.skills()
    #expect(skills.map(\.id) == ["linked"] && skills.first?.source == .global)
    #expect(folder.faults.count == 3)
    #expect(try await folder.text("linked").text == "body of x")
    try folder.link("other/skills", to: folder.path + "/elsewhere/skills")
    #expect(await folder.skills("other").map(\.id) == ["linked"])
  }

  @Test("there is a bound on skills, and it is said")
  func tooMany() async throws {
    let folder = try SkillFolders()
    for number in 1000...(1000 + SkillFolderCache.maxSkills) {
      try folder.write("data", "s\(number)", "description: d")
    }
    let skills = await folder.skills()
    #expect(skills.count == SkillFolderCache.maxSkills)
    #expect(skills.last?.id == "s1199")
    #expect(folder.faults.count == 1)
  }

  @Test("many may ask at once while files change")
  func sideBySide() async throws {
    let folder = try SkillFolders()
    try folder.write("data", "a", "description: d")
    await withTaskGroup(of: Int.self) { group in
      for number in 0..<40 {
        group.addTask {
          if number % 8 == 0 { try? folder.write("data", "a", "description: d\(number)") }
          return await folder.skills(number % 2 == 0 ? "agent" : "other").count
        }
      }
      for await count in group { #expect(count <= 1) }
    }
    #expect(await folder.skills().map(\.id) == ["a"])
  }

  @Test("the tool returns the body with its folder, names the files, and says what is wrong")
  func tool() async throws {
    let folder = try SkillFolders()
    try folder.write("agent", "a", "description: d", body: "run {baseDir}/run.py\u{200B}")
    try folder.file("agent/skills/a/run.py", "print(1)")
    let tool = ReadSkillTool(skills: folder.library)
    let context = ToolContext(
      actor: ToolContext.test.actor, agent: .standard, session: SessionKey(unchecked: "s"),
      run: RunID(unchecked: "r"), workspace: .test(folder.path + "/agent"), deadline: Timestamp(milliseconds: 0))
    let result = try await tool.result(["name": "a"], in: context)
    #expect(!result.isError)
    #expect(result.content.contains("run \(folder.path)/agent/skills/a/run.py"))
    #expect(result.content.contains("Files of this skill: run.py"))
    #expect(result.content.hasPrefix("[1 characters"))
    #expect(try await tool.result(["name": "a", "file": "run.py"], in: context).content == "print(1)")
    for arguments in [
      [:], ["name": 1], ["name": "b"], ["name": "a", "file": "../b"], ["name": "a", "other": "x"],
    ] as [JSONValue] {
      #expect(try await tool.result(arguments, in: context).isError)
    }
    #expect(tool.spec.effect == .reads)
    // Offered only if there are skills.
    let scope = ToolScope(actor: context.actor, agent: .standard, workspace: context.workspace)
    let offered = await BuiltinTools(skills: folder.library).tools(for: scope)
    #expect(offered.specs.map(\.name) == ["calculator", "datetime", "read_skill"])
    #expect(offered.instructions.count == 1 && offered.instructions[0].contains("- a: d"))
    let elsewhere = ToolScope(actor: context.actor, agent: .standard, workspace: .test(folder.path + "/other"))
    #expect(await BuiltinTools(skills: folder.library).tools(for: elsewhere)["read_skill"] == nil)
  }
}

/// A data directory and workspaces for one test.
private final class SkillFolders: Sendable {
  let path: String
  let library: SkillLibrary
  private let reported: Reports

  init() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("skills-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
    let reports = Reports()
    reported = reports
    library = SkillLibrary(dataDirectory: path + "/data") { reports.add($0) }
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// The skipped folders, in order.
  var faults: [String] { reported.paths }

  func skills(_ workspace: String = "agent") async -> [SkillDescription] {
    await library.skills(in: AgentFolder(path: path + "/" + workspace))
  }

  func text(_ name: String, file: String? = nil, of workspace: String = "agent") async throws -> SkillText {
    try await library.text(of: name, file: file, in: AgentFolder(path: path + "/" + workspace))
  }

  func failure(_ name: String, file: String? = nil) async -> ClawError? {
    do {
      _ = try await text(name, file: file)
      return nil
    } catch {
      return error as? ClawError
    }
  }

  func write(_ parent: String, _ name: String, _ matter: String, body: String? = nil, at time: Date? = nil) throws {
    let file = "\(parent)/skills/\(name)/SKILL.md"
    try self.file(file, "---\n\(matter)\n---\n\(body ?? "body of \(name)")\n")
    if let time { try FileManager.default.setAttributes([.modificationDate: time], ofItemAtPath: path + "/" + file) }
  }

  /// Writes into the existing file.
  func overwrite(_ parent: String, _ name: String, _ matter: String) throws {
    let file = "\(path)/\(parent)/skills/\(name)/SKILL.md"
    guard let handle = FileHandle(forWritingAtPath: file) else { return try write(parent, name, matter) }
    try handle.write(contentsOf: Data("---\n\(matter)\n---\n".utf8))
    try handle.close()
  }

  func file(_ name: String, _ text: String) throws { try file(name, Data(text.utf8)) }

  func file(_ name: String, _ data: Data) throws {
    try mkdir(String(name[..<(name.lastIndex(of: "/") ?? name.startIndex)]))
    try data.write(to: URL(fileURLWithPath: path + "/" + name), options: .atomic)
  }

  func mkdir(_ name: String) throws {
    try FileManager.default.createDirectory(atPath: path + "/" + name, withIntermediateDirectories: true)
  }

  func link(_ name: String, to target: String) throws {
    try mkdir(String(name[..<(name.lastIndex(of: "/") ?? name.startIndex)]))
    try FileManager.default.createSymbolicLink(atPath: path + "/" + name, withDestinationPath: target)
  }

  func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: path + "/" + name) }
}

private final class Reports: Sendable {
  private let faults = Mutex<[SkillLibrary.Fault]>([])
  var paths: [String] { faults.withLock { $0.map(\.path) } }
  func add(_ fault: SkillLibrary.Fault) { faults.withLock { $0.append(fault) } }
}
