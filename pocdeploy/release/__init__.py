"""One release of an application, by the API of its cluster: the same steps for each program that starts one.

limits     how long each step may take
revisions  one Deployment: its good revision, and how it is restored
group      all Deployments of an application: migrate, roll out together, check, mark as good
hosts      the hosts that the pods answer to, and the route to them
failure    why a release failed, and the restoration of the one before it: one message
"""
