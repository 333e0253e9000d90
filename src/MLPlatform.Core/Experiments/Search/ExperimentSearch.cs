namespace MLPlatform.Core.Experiments.Search;

/// <summary>Filters and orders experiments.</summary>
public static class ExperimentSearch
{
    private static readonly HashSet<string> Numbers = new(StringComparer.Ordinal) { "creation_time", "last_update_time" };

    /// <summary>The experiments that meet the filter, in order: as asked, else the newest change first.</summary>
    public static List<Experiment> Select(IEnumerable<Experiment> experiments, LifecycleView view, string? filter, IReadOnlyList<string> orders)
    {
        IReadOnlyList<FilterCondition> conditions = FilterParser.Conditions(filter, Numbers);
        foreach (FilterCondition condition in conditions)
            Known(condition.Key);
        IEnumerable<Experiment> found = experiments.Where(e => view == LifecycleView.All || e.Stage == Lifecycle.Active == (view == LifecycleView.Active))
            .Where(e => conditions.All(c => Holds(e, c)));
        (FilterKey Key, bool Descending)[] by = [.. orders.Select(FilterParser.Order)];
        foreach ((FilterKey key, bool descending) in by.Reverse())
        {
            Known(key);
            found = Numbers.Contains(key.Name)
                ? descending ? found.OrderByDescending(e => NumberOf(e, key.Name)) : found.OrderBy(e => NumberOf(e, key.Name))
                : descending ? found.OrderByDescending(e => TextOf(e, key.Name), StringComparer.Ordinal) : found.OrderBy(e => TextOf(e, key.Name), StringComparer.Ordinal);
        }
        return [.. found];
    }

    private static void Known(FilterKey key)
    {
        if (key.Entity != FilterEntity.Tag && (key.Entity != FilterEntity.Attribute || (key.Name is not ("name" or "experiment_id") && !Numbers.Contains(key.Name))))
            throw new TrackingException(TrackingRefusal.Invalid, "TRACK-005",
                $"An experiment has no field '{key.Name}' to search by. It has name, experiment_id, creation_time, last_update_time and tags.");
    }

    private static bool Holds(Experiment experiment, FilterCondition condition) => condition.Key switch
    {
        { Entity: FilterEntity.Tag } tag => condition.Holds(experiment.Tags.GetValueOrDefault(tag.Name)),
        { } key when Numbers.Contains(key.Name) => condition.Holds(NumberOf(experiment, key.Name)),
        { } key => condition.Holds(TextOf(experiment, key.Name)),
    };

    private static double? NumberOf(Experiment experiment, string name) =>
        (name == "creation_time" ? experiment.CreatedAt : experiment.UpdatedAt).ToUnixTimeMilliseconds();

    private static string TextOf(Experiment experiment, string name) =>
        name == "name" ? experiment.Name : experiment.Id.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
