import GroupProtocol
import Model

/// A fault put into the world on purpose, to show that a checker sees it.
enum PlantedBug: String, Sendable, CaseIterable {
  /// The disk loses entries that it called durable.
  case diskForgets
  /// Reports are acknowledged as they come, before the log has them.
  case acknowledgesEarly
  /// An agent that starts again gives old reports new numbers.
  case numbersAnew
  /// An agent that starts again forgets which versions it had.
  case forgetsStamps
  /// An agent writes an older version of a file over a newer one.
  case writesOldFile
  /// The leader's clock stands still, so no lease ever ends.
  case clockStands
  /// The leader's clock runs far too fast, so that living nodes are declared lost.
  case clockRaces
  /// One node never gets its configurations.
  case configurationsAreLost
  /// The policy never handles an event.
  case eventsAreIgnored
  /// The wrapper forgets something that the policy reads.
  case interestIsTooNarrow
  /// Agents are never told what the policy reads.
  case interestsAreLost
  /// Agents are told once what the policy reads, and never that another one reads something else.
  case interestIsToldOnce
  /// Keepers do nothing when a lease runs out.
  case fenceIsForgotten
  /// Keepers start again what they have just stopped at the fence, since their agent had ordered it before.
  case ordersOutliveFence
  /// A leader says of each node at once that a round has settled what it runs.
  case settlesEarly
  /// A round in which a rule failed counts as one that wants nothing of what the rule makes.
  case failuresTake
}

extension World {
  /// What a leader that acknowledges too early says.
  mutating func acknowledgeEarly(_ input: LeaderInput) throws -> [LeaderEffect] {
    guard bug == .acknowledgesEarly, case .received(let session, let messages) = input else { return [] }
    return messages.compactMap { message in
      if case .report(let report) = message {
        .send(session, [.acknowledged(sequence: report.sequence)])
      } else {
        nil
      }
    }
  }

  /// What a leader says that waits for no round.
  func planted(_ message: LeaderMessage) -> LeaderMessage {
    guard bug == .settlesEarly else { return message }
    switch message {
    case .welcome(let welcome):
      return .welcome(
        Welcome(
          epoch: welcome.epoch, acknowledged: welcome.acknowledged, resend: welcome.resend,
          holdings: welcome.holdings, timing: welcome.timing))
    case .answered(let heartbeat, _): return .answered(heartbeat: heartbeat)
    default: return message
    }
  }

  /// What a wrapper reports that does not see all that the policy reads.
  func planted(interest: Interest) -> Interest {
    guard bug == .interestIsTooNarrow else { return interest }
    return Interest(files: interest.files.mapValues { _ in .tags(["other"]) })
  }

  /// What an agent that mixes up versions writes.
  func planted(_ file: Configuration.File, _ agent: Int) -> Configuration.File {
    guard bug == .writesOldFile, file.stamp.index % 7 == 0 else { return file }
    return Configuration.File(
      file: file.file, stamp: Stamp(epoch: file.stamp.epoch, index: file.stamp.index / 2), content: file.content
    )
  }

  /// The disk of an agent that forgets which of its reports were acknowledged, or which versions it had.
  func planted(_ record: AgentRecord, _ agent: Int) -> AgentRecord {
    var record = record
    if bug == .numbersAnew, let last = agents[agent].lastStopped {
      record.stopped = [
        .init(sequence: record.sequenceLimit, process: last.process, end: last.end, time: last.time)
      ]
      record.sequenceLimit += 1
    }
    if bug == .forgetsStamps {
      record.stamp = .zero
      record.files = record.files.mapValues { AgentRecord.HeldFile(stamp: .zero, digest: $0.digest) }
    }
    return record
  }
}
