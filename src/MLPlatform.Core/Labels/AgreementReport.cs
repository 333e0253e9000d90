using System.Globalization;

namespace MLPlatform.Core.Labels;

/// <summary>How far two people agree.</summary>
/// <param name="Items">Items that both labeled.</param>
/// <param name="Same">Items they labeled alike.</param>
/// <param name="Kappa">Cohen's kappa, or null where it is not defined.</param>
public sealed record PairAgreement(string First, string Second, int Items, int Same, double? Kappa);

/// <summary>How often a person was right where the right answer was known.</summary>
/// <param name="Judged">Items with a known answer that they labeled.</param>
/// <param name="Right">Those they labeled right.</param>
public sealed record GoldAgreement(string Annotator, int Judged, int Right);

/// <summary>What a person did in a batch, as it stands now.</summary>
/// <param name="Labeled">Items they labeled.</param>
/// <param name="Skipped">Items they skipped.</param>
/// <param name="Decided">Items they decided.</param>
public sealed record PersonProgress(string Annotator, int Labeled, int Skipped, int Decided);

/// <summary>How far the people of a batch agree; answers are compared in their canonical form.</summary>
/// <param name="Items">Items with two answers or more.</param>
/// <param name="Alpha">Krippendorff's alpha for categories.</param>
/// <param name="AlphaInterval">The same for numbers, where all labels are numbers.</param>
/// <param name="Fleiss">Fleiss' kappa, where every labeled item has as many answers.</param>
/// <param name="Gold">How people do on items whose answer is known, by name.</param>
/// <param name="People">Who did how much, by name.</param>
public sealed record AgreementReport(
    int Items, double? Alpha, double? AlphaInterval, double? Fleiss, IReadOnlyList<PairAgreement> Pairs, IReadOnlyList<GoldAgreement> Gold,
    IReadOnlyList<PersonProgress> People)
{
    /// <summary>Takes the newest revision of each person for each item; a skip is a missing answer.</summary>
    public static AgreementReport Of(LabelKind kind, IEnumerable<Annotation> annotations, IReadOnlyList<LabelItem> all)
    {
        List<Annotation> newest = [.. annotations.GroupBy(a => (a.Item, a.Annotator)).Select(own => own.MaxBy(a => a.Revision)!)];
        List<Annotation> latest = [.. newest.Where(a => a.Action == AnnotationAction.Save).OrderBy(a => a.Item).ThenBy(a => a.Annotator, StringComparer.Ordinal)];
        List<List<string>> items = [.. latest.GroupBy(a => a.Item).Select(i => i.Select(a => LabelValue.Column(kind, a.ValueJson!)).ToList())];
        List<string> categories = [.. items.SelectMany(i => i).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        return new AgreementReport(
            items.Count(i => i.Count > 1),
            Agreement.AlphaNominal(items),
            categories.All(c => Number(c) is not null) ? Agreement.AlphaInterval(items.Select(i => i.Select(v => Number(v)!.Value).ToList())) : null,
            Agreement.Fleiss([.. items.Select(i => categories.Select(c => i.Count(v => v == c)).ToList())]),
            Pair(latest),
            [.. latest.Where(a => all[a.Item].GoldJson is not null).GroupBy(a => a.Annotator, StringComparer.Ordinal).OrderBy(p => p.Key, StringComparer.Ordinal)
                .Select(p => new GoldAgreement(p.Key, p.Count(), p.Count(a => a.ValueJson == all[a.Item].GoldJson)))],
            [.. newest.Where(a => a.Action != AnnotationAction.Withdraw).GroupBy(a => a.Annotator, StringComparer.Ordinal).OrderBy(p => p.Key, StringComparer.Ordinal)
                .Select(p => new PersonProgress(p.Key, p.Count(a => a.Action == AnnotationAction.Save), p.Count(a => a.Action == AnnotationAction.Skip), p.Count(a => a.Action == AnnotationAction.Decide)))]);
    }

    private static List<PairAgreement> Pair(List<Annotation> latest)
    {
        Dictionary<string, Dictionary<int, string>> people = latest.GroupBy(a => a.Annotator, StringComparer.Ordinal)
            .ToDictionary(p => p.Key, p => p.ToDictionary(a => a.Item, a => a.ValueJson!), StringComparer.Ordinal);
        List<string> names = [.. people.Keys.Order(StringComparer.Ordinal)];
        List<PairAgreement> pairs = [];
        for (int a = 0; a < names.Count; a++)
        {
            for (int b = a + 1; b < names.Count; b++)
            {
                List<(string, string)> shared = [.. people[names[a]].Where(i => people[names[b]].ContainsKey(i.Key)).Select(i => (i.Value, people[names[b]][i.Key]))];
                if (shared.Count > 0)
                    pairs.Add(new PairAgreement(names[a], names[b], shared.Count, shared.Count(p => p.Item1 == p.Item2), Agreement.Cohen(shared)));
            }
        }
        return pairs;
    }

    private static double? Number(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) ? value : null;
}
