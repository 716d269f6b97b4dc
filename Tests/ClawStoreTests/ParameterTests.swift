import ClawCore
import Testing

@testable import ClawStore

@Suite("Parameters and columns", .bothEngines)
struct ParameterTests {
  private func values(_ sql: String, _ parameters: [SQLValue]) async throws -> [String] {
    try await withDatabase { database, _ in
      try await database.read { connection in
        try connection.query(sql, parameters) { row in "\(row.text(0))|\(row.text(1))" }
      }
    }
  }

  @Test("are bound by their number, in whatever order a statement names them")
  func byNumber() async throws {
    #expect(try await values("SELECT $1, $2", [.text("one"), .text("two")]) == ["one|two"])
    #expect(try await values("SELECT $2, $1", [.text("one"), .text("two")]) == ["two|one"])
    #expect(try await values("SELECT $3 || $1, $1", [.text("one"), .text("two"), .text("three")]) == ["threeone|one"])
  }

  @Test("of more than nine are not confused with the first one")
  func twoDigits() async throws {
    let parameters = (1...12).map { SQLValue.text("p\($0)") }
    #expect(try await values("SELECT $12 || $10, $1", parameters) == ["p12p10|p1"])
  }

  @Test("that have no value are an error, not NULL")
  func missing() async throws {
    await #expect(throws: ClawError.self) { try await values("SELECT $1, $2", [.text("one")]) }
  }

  @Test(
    "keep every text as it is",
    arguments: [
      "", " ", "a\u{0}b", "\u{0}", "Ärger", "👩‍👩‍👧‍👦 and 🇨🇭", "\u{FEFF}x", "quote ' and \" and \\", "$1 ? :name",
      "line\nbreak\r\n", "\u{10FFFF}", String(repeating: "é", count: 200_000),
    ])
  func texts(_ text: String) async throws {
    let result = try await withDatabase { database, _ in
      try await database.write { connection in
        try connection.execute("CREATE TABLE texts (body TEXT)", [])
        try connection.execute("INSERT INTO texts (body) VALUES ($1)", [.text(text)])
      }
      return try await database.read { connection in
        try connection.query("SELECT body FROM texts WHERE body = $1", [.text(text)]) { row in
          (row.text(0), row.isNull(0), row.optionalText(0))
        }
      }
    }
    #expect(result.count == 1)
    #expect(result.first.map { Array($0.0.utf8) } == Array(text.utf8))
    #expect(result.first?.1 == false)
    #expect(result.first?.2 == text)
  }

  @Test("tell an empty text from NULL")
  func null() async throws {
    let rows = try await withDatabase { database, _ in
      try await database.read { connection in
        try connection.query("SELECT $1, $2", [.text(""), .null(.text)]) {
          ($0.isNull(0), $0.isNull(1), $0.optionalText(1))
        }
      }
    }
    #expect(rows.first?.0 == false)
    #expect(rows.first?.1 == true)
    #expect(rows.first?.2 == nil)
  }

  @Test("keep the largest and the smallest number", arguments: [Int64.min, -1, 0, 1, Int64.max])
  func integers(_ number: Int64) async throws {
    let rows = try await withDatabase { database, _ in
      try await database.write { connection in
        try connection.execute("CREATE TABLE numbers (n BIGINT)", [])
        try connection.execute("INSERT INTO numbers (n) VALUES ($1)", [.integer(number)])
        return try connection.query("SELECT n FROM numbers WHERE n = $1", [.integer(number)]) { $0.integer(0) }
      }
    }
    #expect(rows == [number])
  }

  @Test("of an earlier call do not linger in a prepared statement")
  func noLeftovers() async throws {
    let rows = try await withDatabase { database, _ in
      try await database.read { connection in
        let first = try connection.query("SELECT $1, $2", [.text("a"), .text("b")]) { $0.text(1) }
        let second = try connection.query("SELECT $1, $2", [.text("c"), .null(.text)]) { $0.optionalText(1) ?? "null" }
        return first + second
      }
    }
    #expect(rows == ["b", "null"])
  }

  @Test("a quote in a name is doubled, also where a mark combines with it")
  func names() {
    let name = PostgresText.name("a\"\u{301}b\0")
    #expect(Array(name.utf8) == Array("\"a\"\"\u{301}b\"".utf8))
  }
}
