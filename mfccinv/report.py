def describe_dataset(d): return str(d.manifest['splits'])+str(d.folder)
def describe_run(r): return str(r.folder)+open(r.folder/'metrics.json').read()
