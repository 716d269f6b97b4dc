import ClawCore
import ClawJSON

/// `datetime`: the current date and time in a time zone.
public struct DateTimeTool: Tool {
  private let clock: TimeSource
  private let zones: ZoneFileLibrary

  public init(clock: TimeSource, zones: ZoneFileLibrary) {
    self.clock = clock
    self.zones = zones
  }

  public var spec: ToolSpec {
    ToolSpec(
      name: "datetime",
      summary: "Returns the current date, time and weekday, in UTC or in a time zone.",
      parameters: [
        "type": "object",
        "properties": [
          "timezone": [
            "type": "string",
            "description": "Name of a time zone in the IANA database, such as Europe/Paris. UTC if left out.",
          ]
        ],
        "additionalProperties": false,
      ], effect: .reads)
  }

  public func run(_ call: ToolCall, in context: ToolContext) async throws -> ToolOutcome {
    do {
      let name = try ToolArguments(call.arguments, names: ["timezone"]).string("timezone") ?? "UTC"
      let zone = try await zones.zone(named: name)
      return .text(Self.describe(clock.now, in: zone, named: name).serializedString())
    } catch let problem as ToolArguments.Problem {
      return .error(problem.message)
    } catch let error as ZoneFileError {
      return .error(error.description)
    }
  }

  static func describe(_ time: Timestamp, in zone: ZoneFile, named name: String) -> JSONValue {
    let seconds = time.milliseconds.flooredDivision(by: 1000).quotient
    let offset = zone.offset(at: seconds)
    let local = LocalTime(time, offset: offset)
    return [
      "datetime": .string(local.iso8601),
      "weekday": .string(local.weekday),
      "timezone": .string(name),
      "abbreviation": .string(offset.abbreviation),
      "daylightSaving": .bool(offset.isDaylightSaving),
      "unixMs": .integer(time.milliseconds),
    ]
  }
}
