import Testing

@testable import ClawCommands

@Suite("Durations as text")
struct DurationTextTests {
  @Test(
    "Durations are read",
    arguments: [
      ("500ms", .milliseconds(500)), ("30s", .seconds(30)), ("5m", .seconds(300)), ("24h", .seconds(86_400)),
      ("7d", .seconds(604_800)), ("30", .seconds(30)), ("0", .zero), ("1.5s", .milliseconds(1500)),
      ("0.25", .milliseconds(250)), ("", nil), ("s", nil), ("-1s", nil), ("1 s", nil), ("1w", nil), ("1.5ms", nil),
      ("1e3", nil), ("٣s", nil), ("1..5s", nil), ("99999999999h", nil), ("4000d", nil), ("1s1s", nil),
    ] as [(String, Duration?)])
  func parse(text: String, expected: Duration?) {
    #expect(DurationText.parse(text) == expected)
  }

  @Test(
    "Durations are written in the largest unit that is exact, and read back the same",
    arguments: [
      (Duration.milliseconds(500), "500ms"), (.seconds(90), "90s"), (.seconds(300), "5m"), (.seconds(86_400), "1d"),
      (.seconds(90_000), "25h"), (.zero, "0s"), (.milliseconds(1001), "1001ms"),
    ])
  func format(duration: Duration, text: String) {
    #expect(DurationText.format(duration) == text)
    #expect(DurationText.parse(text) == duration)
  }
}
