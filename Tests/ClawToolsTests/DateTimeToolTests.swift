import ClawCore
import ClawJSON
import ClawTools
import Testing

@Suite("The datetime tool")
struct DateTimeToolTests {
  private func run(_ arguments: JSONValue, at milliseconds: Int64 = 1_719_828_000_123) async throws -> ToolResult {
    let clock = TimeSource { Timestamp(milliseconds: milliseconds) }
    return try await DateTimeTool(clock: clock, zones: .system).result(arguments)
  }

  private func answer(_ arguments: JSONValue, at milliseconds: Int64 = 1_719_828_000_123) async throws -> JSONValue {
    let result = try await run(arguments, at: milliseconds)
    #expect(!result.isError)
    return try JSONValue(parsing: result.content)
  }

  @Test("UTC is answered when no zone is asked for", arguments: [[:], nil, ["timezone": nil]] as [JSONValue])
  func utc(arguments: JSONValue) async throws {
    #expect(
      try await answer(arguments) == [
        "datetime": "2024-07-01T10:00:00.123Z", "weekday": "Monday", "timezone": "UTC", "abbreviation": "UTC",
        "daylightSaving": false, "unixMs": 1_719_828_000_123,
      ])
  }

  @Test("a zone's own time is answered, also when it has another date there")
  func zones() async throws {
    let paris = try await answer(["timezone": "Europe/Paris"])
    #expect(paris["datetime"] == "2024-07-01T12:00:00.123+02:00")
    #expect(paris["abbreviation"] == "CEST")
    #expect(paris["daylightSaving"] == true)
    let kathmandu = try await answer(["timezone": "Asia/Kathmandu"])
    #expect(kathmandu["datetime"] == "2024-07-01T15:45:00.123+05:45")
    let kiritimati = try await answer(["timezone": "Pacific/Kiritimati"])
    #expect(kiritimati["datetime"] == "2024-07-02T00:00:00.123+14:00")
    #expect(kiritimati["weekday"] == "Tuesday")
    let newYork = try await answer(["timezone": "America/New_York"], at: 1_704_067_199_999)
    #expect(newYork["datetime"] == "2023-12-31T18:59:59.999-05:00")
    #expect(newYork["weekday"] == "Sunday")
  }

  @Test("moments long ago, far ahead and at the ends of the clock are answered")
  func extremes() async throws {
    #expect(try await answer([:], at: -1)["datetime"] == "1969-12-31T23:59:59.999Z")
    let early = try await answer(["timezone": "Europe/Paris"], at: -4_000_000_000_000)
    #expect(early["datetime"] == "1843-03-31T17:02:41.000+00:09:21")
    #expect(try await answer(["timezone": "Europe/Paris"], at: 4_118_040_000_000)["abbreviation"] == "CEST")
    for milliseconds in [Int64.min, .max] {
      _ = try await answer(["timezone": "Asia/Tokyo"], at: milliseconds)
      _ = try await answer(["timezone": "America/New_York"], at: milliseconds)
    }
  }

  @Test("a leap day has its weekday")
  func leapDay() async throws {
    let day = try await answer([:], at: 1_709_164_800_000)
    #expect(day["datetime"] == "2024-02-29T00:00:00.000Z")
    #expect(day["weekday"] == "Thursday")
  }

  @Test("what can't be answered is an error the model can act on")
  func errors() async throws {
    let unknown = try await run(["timezone": "Europe/Parsi"])
    #expect(unknown.isError)
    #expect(unknown.content.contains("Europe/Paris"))
    let path = try await run(["timezone": "../../etc/passwd"])
    #expect(path.isError)
    #expect(!path.content.contains("passwd"))
    #expect(try await run(["timezone": 5]) == ToolResult(content: "\"timezone\" must be a string", isError: true))
    #expect(try await run(["zone": "UTC"]).content == "\"zone\" is not an argument; there is timezone")
    #expect(try await run("UTC").isError)
  }

  @Test("the tools are registered, can be repeated, and describe an object")
  func registration() async throws {
    let scope = ToolScope(actor: ToolContext.test.actor, agent: .standard, workspace: .test(""))
    let tools = await BuiltinTools().tools(for: scope)
    #expect(tools.specs.map(\.name) == ["calculator", "datetime"] && tools.instructions.isEmpty)
    for spec in tools.specs {
      #expect(spec.effect == .reads)
      #expect(spec.parameters["type"] == "object")
      #expect(spec.parameters["properties"]?.objectValue?.isEmpty == false)
    }
  }
}
