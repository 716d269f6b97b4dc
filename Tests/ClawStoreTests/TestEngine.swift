import Testing

@testable import ClawStore

/// The engine of a test.
enum TestEngine: String, CaseIterable, Sendable {
  case sqlite, postgres

  var dialect: SQLDialect {
    switch self {
    case .sqlite: .sqlite
    case .postgres: .postgres
    }
  }

  @TaskLocal static var current = TestEngine.sqlite
}

/// Runs each test of a suite on each engine.
struct BothEngines: TestTrait, SuiteTrait, TestScoping {
  let isRecursive = true

  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    for engine in TestEngine.allCases {
      try await TestEngine.$current.withValue(engine) { try await function() }
    }
  }
}

extension Trait where Self == BothEngines {
  static var bothEngines: BothEngines { BothEngines() }
}
