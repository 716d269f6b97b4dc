import ClawProtocol
import Foundation
import Testing

/// Architecture rules that the compiler does not check.
@Suite("Architecture rules")
struct ArchitectureTests {
  /// The allowed imports between our targets; only lower layers.
  private static let mayImport: [String: Set<String>] = [
    "ClawJSON": [],
    "CSQLite": [],
    "ClawProtocol": ["ClawJSON"],
    "ClawWebSocket": [],
    "ClawCore": ["ClawJSON"],
    "ClawStore": ["ClawCore", "ClawJSON", "CSQLite"],
    "ClawClient": ["ClawProtocol", "ClawJSON", "ClawWebSocket"],
    "ClawEngine": ["ClawStore", "ClawCore", "ClawJSON"],
    "ClawModels": ["ClawCore", "ClawJSON"],
    "ClawTools": ["ClawCore", "ClawJSON", "ClawWebSocket"],
    "ClawServer": ["ClawProtocol", "ClawCore", "ClawJSON", "ClawWebSocket"],
    "ClawCommands": [
      "ClawServer", "ClawClient", "ClawEngine", "ClawModels", "ClawTools", "ClawStore", "ClawCore", "ClawProtocol",
      "ClawJSON", "ClawWebSocket",
    ],
    "ClawWebSocketEcho": ["ClawWebSocket"],
    "swiftclaw": ["ClawCommands"],
  ]

  /// External packages and the targets that may use them.
  private static let ownedOutside: [String: Set<String>] = [
    "Hummingbird": ["ClawServer"], "HummingbirdCore": ["ClawServer"], "CSQLite": ["ClawStore"],
    "AsyncHTTPClient": ["ClawModels", "ClawCommands"], "ArgumentParser": ["ClawCommands"],
  ]

  @Test("there are sources to look at")
  func sources() {
    #expect(SourceTree.files.count > 100)
  }

  @Test("a target imports only what its floor allows")
  func imports() throws {
    for file in SourceTree.files {
      let allowed = try #require(Self.mayImport[file.target], "\(file.target) has no place in the house")
      let ours = Set(file.imports).intersection(Self.mayImport.keys)
      #expect(ours.isSubset(of: allowed), "\(file) imports \(ours.subtracting(allowed).sorted())")
      for (module, owners) in Self.ownedOutside where file.imports.contains(module) {
        #expect(owners.contains(file.target), "\(file) imports \(module)")
      }
    }
  }

  @Test("full Foundation is imported nowhere but where Apple's systems have no other")
  func foundation() {
    let portable: Set = ["ClawJSON", "ClawProtocol", "ClawClient", "ClawWebSocket"]
    for file in SourceTree.files where file.imports.contains("Foundation") {
      #expect(
        portable.contains(file.target) && file.text.contains("#if canImport(FoundationEssentials)"),
        "\(file) imports Foundation")
    }
  }

  @Test("SQL is written in the store alone")
  func sql() {
    let pattern = #/"\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|CREATE TABLE|PRAGMA)\s/#
    for file in SourceTree.files where file.target != "ClawStore" {
      #expect(file.code.firstMatch(of: pattern) == nil, "\(file) holds SQL")
    }
  }

  @Test("statements of several sessions are joined in the store alone: no callback of a pipelined statement above it")
  func pipelining() {
    let words = ["Pipelined", "DeferredResult", "orThrow:", "meanwhile:", "insertLater", "queryLater"]
    for file in SourceTree.files where file.target != "ClawStore" {
      for word in words {
        #expect(!file.code.contains(word), "\(file) has \(word), which belongs to the store")
      }
    }
  }

  @Test("S7: every method type is in the catalogue, once, and has a role and a summary")
  func catalogue() {
    let declared = SourceTree.files.filter { $0.path.hasPrefix("Sources/ClawProtocol/Methods/") }
      .flatMap { $0.text.matches(of: #/enum (\w+): Method \{/#).map { String($0.output.1) } }
    #expect(declared.sorted() == MethodCatalog.all.map { "\($0)" }.sorted())
    #expect(Set(MethodCatalog.all.map { $0.name }).count == MethodCatalog.all.count)
    for method in MethodCatalog.all {
      #expect(!method.summary.isEmpty)
      #expect(MethodRole.allCases.contains(method.role))
    }
  }

  @Test("a promise that is not kept, a crash on bad input, a task without an owner: none is written")
  func forbiddenWords() {
    let words = ["TO" + "DO", "FIX" + "ME", "fatalError(", "try!", "Task.detached", "not implemented"]
    for file in SourceTree.files {
      for word in words { #expect(!file.code.contains(word), "\(file) says \(word)") }
      // They own tasks that a task group can't own.
      let owners = ["Sources/ClawEngine/Runs/DetachedWork.swift", "Sources/ClawCore/Tasks/OwnedTask.swift"]
      if owners.contains(file.path) { continue }
      #expect(
        file.code.firstMatch(of: #/[^.\w]Task\s*(\([^)]*\)\s*)?\{/#) == nil, "\(file) begins a task that nobody owns")
    }
  }

  /// Exceptions with their reason; the same as in scripts/check-words-exceptions.txt.
  private static let mayUseCharacters = [
    // The environment, whose variables are looked up by our own ASCII names.
    "Sources/ClawCommands/Terminal/", "Sources/ClawCommands/Configuration/ConfigurationLoader.swift",
    // A demo that processes words.
    "Sources/ClawModels/Demo/",
    // Rejects everything but printable ASCII first.
    "Sources/ClawWebSocket/WebSocketURL.swift",
  ]

  @Test("text from outside is compared and split by its bytes, never by characters")
  func bytes() {
    let forms = [
      "[String: ", "Set<String>", ".split(separator: \"", ".hasPrefix(", ".hasSuffix(", "firstIndex(of: \"",
      "lastIndex(of: \"", "firstRange(of: \"", "ranges(of: \"", ".replacing(", "components(separatedBy",
      "$0.isWhitespace",
      "\\.isWhitespace", "$0.isNewline", "\\.isNewline",
    ]
    for file in SourceTree.files where !Self.mayUseCharacters.contains(where: { file.path.hasPrefix($0) }) {
      for form in forms { #expect(!file.code.contains(form), "\(file) says \(form): see ClawJSON/Bytes") }
    }
  }

  @Test("a type that is Sendable by promise says why beside it")
  func uncheckedSendable() {
    for file in SourceTree.files {
      for (index, line) in file.lines.enumerated()
      where line.contains("@unchecked Sendable") || line.contains("nonisolated(unsafe)") {
        guard !line.trimmingCharacters(in: .whitespaces).hasPrefix("//") else { continue }
        let above = file.lines[max(0, index - 6)..<index].joined(separator: "\n")
        #expect(above.contains("//"), "\(file):\(index + 1) gives no reason")
      }
    }
  }

  @Test("paths named in README and CONTRIBUTING exist", arguments: ["README.md", "CONTRIBUTING.md"])
  func paths(document: String) throws {
    let text = try String(contentsOf: SourceTree.root.appendingPathComponent(document), encoding: .utf8)
    let paths = text.matches(of: #/`((?:Sources|Tests|Conformance|Docs|scripts)/[\w+./-]+)/#).map {
      String($0.output.1)
    }
    #expect(!paths.isEmpty)
    for path in paths {
      let isThere = FileManager.default.fileExists(atPath: SourceTree.root.appendingPathComponent(path).path)
      #expect(isThere, "\(document) names \(path)")
    }
  }

  @Test("a file has at most 400 lines, and a function at most 60, its signature and braces included")
  func sizes() {
    let functions: Set = ["func", "init", "subscript", "var", "let", "deinit"]
    for file in SourceTree.files {
      #expect(file.lines.count <= 400, "\(file) has \(file.lines.count) lines")
      for declared in SwiftOutline(file.text).declarations where functions.contains(declared.keyword) {
        #expect(
          declared.lineCount <= 60, "\(file):\(declared.line): \(declared.name) has \(declared.lineCount) lines")
      }
    }
  }
}
