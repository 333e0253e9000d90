namespace MLPlatform.Core.Labels;

/// <summary>What several people say about one item, taken together.</summary>
/// <param name="ValueJson">The answer most of them gave; null where none did or two answers have as many votes.</param>
/// <param name="Votes">Votes for the answer with the most.</param>
/// <param name="Answers">People who labeled the item.</param>
public sealed record Consensus(string? ValueJson, int Votes, int Answers)
{
    /// <summary>Takes the newest revision of each person; a skip is no vote.</summary>
    public static Consensus Of(IEnumerable<Annotation> annotations)
    {
        List<string> answers = [.. annotations.GroupBy(a => a.Annotator, StringComparer.Ordinal)
            .Select(own => own.MaxBy(a => a.Revision)!).Where(a => a.Action == AnnotationAction.Save).Select(a => a.ValueJson!)];
        if (answers.Count == 0)
            return new Consensus(null, 0, 0);
        List<(string Value, int Votes)> ranked = [.. answers.GroupBy(v => v, StringComparer.Ordinal)
            .Select(same => (same.Key, same.Count())).OrderByDescending(v => v.Item2).ThenBy(v => v.Key, StringComparer.Ordinal)];
        bool tie = ranked.Count > 1 && ranked[0].Votes == ranked[1].Votes;
        return new Consensus(tie ? null : ranked[0].Value, ranked[0].Votes, answers.Count);
    }
}
